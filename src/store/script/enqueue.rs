//! Enqueueing: judging notifications inside the transaction, and keeping each as what was decided.

use super::ledger::WholeLedger;
use super::row::{AnswerRow, NotificationRow, Write};
use super::{Entry, Script};
use crate::domain::address::Address;
use crate::domain::id::DeliveryId;
use crate::domain::mode::{Mode, ModeView, Version};
use crate::domain::notification::DeliveryState;
use crate::policy::outbound::{SendVerdict, judge_delivery, keeps_body_when_suppressed};
use crate::policy::retry::Lifetime;
use crate::policy::rules::{Reason, UnknownKind};
use crate::store::dedup::REMEMBERED;
use crate::store::error::Result;
use crate::store::notification::{Accepted, AcceptedDelivery, Enqueued, NewNotification};
use crate::store::receipt::EnqueueReceipt;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Judges notifications and keeps them, each on its own.
#[derive(Debug, Clone)]
pub struct Enqueueing {
    /// What came in.
    pub notifications: Vec<Arc<NewNotification>>,
    /// What the mode does to those whose kind is not declared.
    pub unknown: UnknownKind,
}

/// What is written of a notification, and what is answered once it is.
#[derive(Debug)]
pub struct Decision {
    /// The version of the mode that decided.
    pub version: Version,
    /// What is written.
    pub writes: Vec<Write>,
    /// What is answered.
    pub answer: Accepted,
}

#[async_trait]
impl Script for Enqueueing {
    type Answer = Vec<Enqueued>;

    fn entry(&self) -> Entry {
        Entry { bytes: self.notifications.iter().map(|new| new.raw.len()).sum(), ..Entry::default() }
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<Enqueued>> {
        let mut results = Vec::with_capacity(self.notifications.len());
        for new in &self.notifications {
            results.push(enqueue(ledger, new, self.unknown).await?);
        }
        Ok(results)
    }
}

async fn enqueue<L: WholeLedger>(ledger: &mut L, new: &Arc<NewNotification>, unknown: UnknownKind) -> Result<Enqueued> {
    if let Some(idempotency) = &new.idempotency {
        let since = new.enqueued_at.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        if let Some((fingerprint, answer)) = ledger.find_answer(new.token_id, &idempotency.key, since).await? {
            let same = fingerprint == idempotency.fingerprint;
            return Ok(if same { Enqueued::Replayed(EnqueueReceipt::new(answer)) } else { Enqueued::KeyReused });
        }
    }
    let decision = decide(&ledger.mode().await?, new, unknown);
    ledger.apply(Some(decision.version), decision.writes).await?;
    Ok(Enqueued::New(EnqueueReceipt::new(decision.answer)))
}

/// Decides about one notification that was not answered before.
#[must_use]
pub fn decide(mode: &Mode, new: &Arc<NewNotification>, unknown: UnknownKind) -> Decision {
    let maintenance = || Some(Reason::WORD.to_owned());
    let (state, reason) = match judge_delivery(new.class, &ModeView::Known(mode.clone()), unknown) {
        SendVerdict::Send | SendVerdict::Wait(None) => (DeliveryState::Queued, None),
        SendVerdict::Wait(Some(_)) => (DeliveryState::Queued, maintenance()),
        SendVerdict::Suppress(_) => (DeliveryState::Suppressed, maintenance()),
    };
    let delivery = |recipient: &Address| AcceptedDelivery {
        id: DeliveryId::mint(new.enqueued_at),
        recipient: recipient.to_string(),
        state,
    };
    let deliveries = new.recipients.iter().map(delivery).collect();
    let accepted = Accepted { id: new.id, state, reason, mode_version: mode.version, deliveries };
    let keeps_message = state == DeliveryState::Queued || keeps_body_when_suppressed(new.class);
    let lifetime = lifetime(new, &accepted);
    let notification = NotificationRow { new: Arc::clone(new), accepted: accepted.clone(), lifetime, keeps_message };
    let answer = new.idempotency.clone().map(|key| AnswerRow {
        token_id: new.token_id,
        key,
        answer: accepted.clone(),
        at: new.enqueued_at,
    });
    let writes = [Write::Notification(notification)].into_iter().chain(answer.map(Write::Answer)).collect();
    Decision { version: mode.version, writes, answer: accepted }
}

/// The lifetime that the deliveries of a notification begin with: what waits for the end of the
/// mode does not age.
fn lifetime(new: &NewNotification, accepted: &Accepted) -> Lifetime {
    let running = Lifetime::running(new.expires_at);
    let waits = accepted.state == DeliveryState::Queued && accepted.reason.is_some();
    if waits { running.stopped(new.not_after, new.enqueued_at) } else { running }
}
