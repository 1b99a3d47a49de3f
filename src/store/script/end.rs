//! Ending claims: the one way in which a lease ends, on a recipient or a delivery, settled or given
//! back.

use super::ledger::WholeLedger;
use super::row::{AttemptRow, Ended, Ending, Write, Written};
use super::{Entry, OwnRows, Script, Tries};
use crate::domain::id::NotificationId;
use crate::domain::mail::MailState;
use crate::domain::notification::{AttemptOutcome, DeliveryState};
use crate::policy::outbound::wipes_body_when_done;
use crate::store::claim::{Claim, Claimable, Settled, Settlement};
use crate::store::error::Result;
use crate::store::mail::HandOver;
use crate::store::notification::Sending;
use async_trait::async_trait;
use jiff::Timestamp;

/// Ends claims, each on its own: one that was lost leaves the others alone.
#[derive(Debug)]
pub struct EndingClaims<T> {
    /// The claims and their ends.
    pub ended: Vec<(Claim<T>, End)>,
    /// When.
    pub now: Timestamp,
}

/// How a claim ends.
#[derive(Debug, Clone)]
pub enum End {
    /// Something came of it.
    Settled(Settlement),
    /// It is given back untouched, to be claimed again at that time or later.
    GivenBack(Timestamp),
}

/// What is worked on under a claim.
pub trait Endable: Claimable + Send + Sync + Sized + 'static {
    /// Which attempt it is.
    fn attempt(&self) -> u32;

    /// The row behind `claim` in the state it goes into; an `outcome` of `None` is that of a claim
    /// given back.
    fn ended(claim: &Claim<Self>, outcome: Option<AttemptOutcome>) -> Ended;

    /// The notification whose message may be of no more use after that outcome.
    fn wipes(&self, outcome: AttemptOutcome) -> Option<NotificationId>;

    /// Itself among the rows that a script asks about.
    fn own(&self, rows: &mut OwnRows);
}

impl Endable for HandOver {
    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn ended(claim: &Claim<Self>, outcome: Option<AttemptOutcome>) -> Ended {
        let state = match outcome {
            Some(AttemptOutcome::Ok) => MailState::HandedOver,
            Some(AttemptOutcome::Temporary | AttemptOutcome::Unknown) | None => MailState::Waiting,
            Some(AttemptOutcome::Permanent) => MailState::Failed,
        };
        Ended::Recipient(claim.held(), state)
    }

    fn wipes(&self, _: AttemptOutcome) -> Option<NotificationId> {
        None
    }

    fn own(&self, rows: &mut OwnRows) {
        rows.recipients.push(self.recipient_id);
    }
}

impl Endable for Sending {
    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn ended(claim: &Claim<Self>, outcome: Option<AttemptOutcome>) -> Ended {
        let state = match outcome {
            Some(AttemptOutcome::Ok) => DeliveryState::Delivered,
            Some(AttemptOutcome::Temporary | AttemptOutcome::Unknown) | None => DeliveryState::Queued,
            Some(AttemptOutcome::Permanent) => DeliveryState::Failed,
        };
        Ended::Delivery(claim.held(), state)
    }

    fn wipes(&self, outcome: AttemptOutcome) -> Option<NotificationId> {
        // What the relay refused may be retried by an operator, who needs the message.
        (outcome == AttemptOutcome::Ok && wipes_body_when_done(self.class)).then_some(self.notification_id)
    }

    fn own(&self, rows: &mut OwnRows) {
        rows.deliveries.push(self.delivery_id);
    }
}

#[async_trait]
impl<T: Endable> Script for EndingClaims<T> {
    type Answer = Vec<Settled>;

    fn entry(&self) -> Entry {
        let mut own = OwnRows::default();
        self.ended.iter().for_each(|(claim, _)| claim.item.own(&mut own));
        Entry { own: Some(own), tries: Tries::WhileLeased, ..Entry::default() }
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<Settled>> {
        let writes = self.ended.iter().map(|(claim, end)| Write::End(decide(claim, end, self.now))).collect();
        // What happened is recorded whatever the mode is by now.
        let written = ledger.apply(None, writes).await?;
        Ok(written.into_iter().map(settled).collect())
    }
}

/// What a claim's end means for its row.
#[must_use]
pub fn decide<T: Endable>(claim: &Claim<T>, end: &End, now: Timestamp) -> Ending {
    let (outcome, reply, next_at) = match end {
        End::GivenBack(not_before) => {
            let row = T::ended(claim, None);
            return Ending { row, reason: None, next_at: Some(*not_before), at: now, attempt: None, wipes: None };
        }
        End::Settled(Settlement::Done(reply)) => (AttemptOutcome::Ok, reply, None),
        End::Settled(Settlement::Retry(failure, at)) => (AttemptOutcome::Temporary, &failure.text, Some(*at)),
        End::Settled(Settlement::Unknown(failure, at)) => (AttemptOutcome::Unknown, &failure.text, Some(*at)),
        End::Settled(Settlement::Failed(failure)) => (AttemptOutcome::Permanent, &failure.text, None),
    };
    let attempt = AttemptRow {
        item_id: claim.item.id().any().as_if_of(),
        number: claim.item.attempt(),
        started_at: claim.claimed_at,
        ended_at: now,
        outcome,
        reply: reply.clone(),
    };
    Ending {
        row: T::ended(claim, Some(outcome)),
        reason: (outcome != AttemptOutcome::Ok).then(|| reply.clone()),
        next_at,
        at: now,
        attempt: Some(attempt),
        wipes: claim.item.wipes(outcome),
    }
}

fn settled(written: Written) -> Settled {
    match written {
        Written::Done => Settled::Recorded,
        // No end is a duplicate.
        Written::LeaseLost | Written::Duplicate(_) => Settled::LeaseLost,
    }
}
