//! One delivery: whether it may still be sent, and what follows from the relay's answer.

use super::port::{DotGate, SendAnswer};
use crate::clock::Clock;
use crate::domain::failure::{Failure, Permanence};
use crate::pace::lease::LeaseClock;
use crate::policy::outbound::is_asked_at_the_dot;
use crate::policy::retry::back_off;
use crate::store::Store;
use crate::store::claim::{Claim, Settlement};
use crate::store::notification::Sending;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_secs(4 * 3600);

/// Wait after an unknown outcome: at least the ten minutes that a relay may take to answer (RFC
/// 5321 §4.5.3.2.6).
const AFTER_UNKNOWN: Duration = Duration::from_secs(600);

/// The check right before a message is written.
pub struct Gate<'a> {
    /// The store whose fence decides about blocked classes.
    pub store: &'a Arc<dyn Store>,
    /// The source of the current time.
    pub clock: &'a Arc<dyn Clock>,
    /// The lease of the claim.
    pub lease: &'a LeaseClock,
    /// The delivery about to be sent.
    pub claim: &'a Claim<Sending>,
    /// Set once the gate has been asked. From then on the delivery must not be retried under this
    /// claim.
    pub asked: &'a AtomicBool,
}

#[async_trait]
impl DotGate for Gate<'_> {
    async fn may_write(&self) -> bool {
        self.asked.store(true, Ordering::Relaxed);
        if !self.lease.is_live() {
            return false;
        }
        if !is_asked_at_the_dot(self.claim.item.class) {
            return true;
        }
        // Under the fence: either a change of the mode comes first and this is false, or the change
        // waits for the settlement.
        match self.store.pass_dot(self.claim, self.clock.now()).await {
            Ok(may) => may && self.lease.is_live(),
            Err(error) => {
                tracing::warn!(%error, delivery.id = %self.claim.item.delivery_id, "A delivery waits: {error}");
                false
            }
        }
    }
}

/// What follows from a relay's answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Consequence {
    /// End the claim with this settlement.
    Settle(Settlement),
    /// Return the claim uncounted: it was revoked, or its lease is over.
    GiveBack,
    /// The relay is out of order: return the claim uncounted and stop the flow.
    Pause(Failure),
}

/// Interprets an answer.
#[must_use]
pub fn read_answer(answer: SendAnswer, item: &Sending, first_retry: Duration, now: Timestamp) -> Consequence {
    let after = |wait: Duration| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    let wait = back_off(item.attempt, first_retry, MAX_WAIT, item.delivery_id.spread());
    match answer {
        SendAnswer::Done(reply) => Consequence::Settle(Settlement::Done(reply)),
        SendAnswer::Dropped(failure) => Consequence::Settle(Settlement::Retry(failure, after(wait))),
        SendAnswer::Refused(failure) => Consequence::Settle(match failure.permanence {
            Permanence::Temporary => Settlement::Retry(failure, after(wait)),
            Permanence::Permanent => Settlement::Failed(failure),
        }),
        SendAnswer::Unknown(failure) => {
            Consequence::Settle(Settlement::Unknown(failure, after(wait.max(AFTER_UNKNOWN))))
        }
        SendAnswer::Revoked => Consequence::GiveBack,
        SendAnswer::Unreachable(failure) => Consequence::Pause(failure),
    }
}
