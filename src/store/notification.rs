//! Mail going out, as stored: notifications, deliveries, attempts.

use super::claim::{Claim, Claimable, Held, Settled, Settlement};
use super::error::Result;
use super::receipt::EnqueueReceipt;
use crate::domain::address::Address;
use crate::domain::id::{DeliveryId, Lease, NotificationId, TokenId, kind};
use crate::domain::mode::Version;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;

/// A notification, composed and ready to be kept.
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// Its id.
    pub id: NotificationId,
    /// The token it was enqueued with; `None` is the console.
    pub token_id: Option<TokenId>,
    /// The kind's own name (never an alias), or the undeclared name as given.
    pub kind: String,
    /// The kind's title, for reports.
    pub title: String,
    /// What maintenance does to it.
    pub class: Class,
    /// Anything of the application's.
    pub reference: Option<String>,
    /// The subject, for reports; `None` for write-dependent ones.
    pub subject: Option<String>,
    /// The envelope's reverse path.
    pub sender: Address,
    /// One delivery each.
    pub recipients: Vec<Address>,
    /// The message, RFC 5322 with CRLF; the same bytes go out on every attempt.
    pub raw: Bytes,
    /// When it was enqueued.
    pub enqueued_at: Timestamp,
    /// When it expires, unless it waits for the end of the mode in between.
    pub expires_at: Timestamp,
    /// When the application has no more use for it; that time does not stand still.
    pub not_after: Option<Timestamp>,
    /// The application's key against doing it twice.
    pub idempotency: Option<Idempotency>,
}

/// A key against doing it twice: kept 7 days per token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The application's key.
    pub key: String,
    /// SHA-256 of the request's bytes.
    pub fingerprint: [u8; 32],
}

/// What was decided about a notification when it was enqueued. The store keeps it as JSON beside
/// the idempotency key, so that a replay answers the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Accepted {
    /// The notification's id.
    pub id: NotificationId,
    /// `queued` or `suppressed`.
    pub state: DeliveryState,
    /// `maintenance`: why it is suppressed, or why it waits although it is queued.
    pub reason: Option<String>,
    /// The version it was judged under.
    pub mode_version: Version,
    /// Its deliveries, in the order of the recipients.
    pub deliveries: Vec<AcceptedDelivery>,
}

/// One delivery of an accepted notification.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AcceptedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: String,
    /// `queued` or `suppressed`.
    pub state: DeliveryState,
}

/// What came of enqueueing.
#[derive(Debug)]
pub enum Enqueued {
    /// It is on disk.
    New(EnqueueReceipt),
    /// The same key and bytes came before; this was the answer.
    Replayed(EnqueueReceipt),
    /// The same key came before with other bytes; nothing was stored.
    KeyReused,
}

/// A delivery on its way to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// The delivery's id.
    pub delivery_id: DeliveryId,
    /// The notification's.
    pub notification_id: NotificationId,
    /// What maintenance does to it.
    pub class: Class,
    /// The envelope's reverse path.
    pub sender: Address,
    /// To whom.
    pub recipient: Address,
    /// The message.
    pub raw: Bytes,
    /// When it was enqueued.
    pub enqueued_at: Timestamp,
    /// After this it is of no use any more.
    pub expires_at: Timestamp,
    /// Which attempt this is (1 is the first).
    pub attempt: u32,
}

impl Claimable for Sending {
    type Kind = kind::Delivery;

    fn id(&self) -> DeliveryId {
        self.delivery_id
    }
}

/// A claimed delivery whose message is about to be written: from the final dot on, the relay has
/// it.
#[derive(Debug, Clone, Copy)]
pub struct AtDot {
    /// The delivery and its lease.
    pub held: Held<kind::Delivery>,
    /// What maintenance means for it.
    pub class: Class,
}

impl From<&Claim<Sending>> for AtDot {
    fn from(claim: &Claim<Sending>) -> Self {
        Self { held: claim.held(), class: claim.item.class }
    }
}

/// A notification as its application may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRecord {
    /// The notification's id.
    pub id: NotificationId,
    /// The token it was enqueued with; `None` is the console.
    pub token_id: Option<TokenId>,
    /// Its kind.
    pub kind: String,
    /// Its class.
    pub class: Class,
    /// The application's own words.
    pub reference: Option<String>,
    /// When it was enqueued.
    pub enqueued_at: Timestamp,
    /// Its deliveries.
    pub deliveries: Vec<DeliveryRecord>,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The delivery's id.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it is suppressed, or why it waits or failed.
    pub reason: Option<String>,
    /// The mode version of the last decision.
    pub mode_version: Version,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// What was tried.
    pub attempts: Vec<AttemptRecord>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// When it began.
    pub started_at: Timestamp,
    /// When its outcome was recorded.
    pub ended_at: Timestamp,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// The other side's words.
    pub reply: String,
}

/// Mail going out: each method is one script.
#[async_trait]
pub trait NotificationStore: NotificationRows {
    /// Judges notifications under the fence and keeps them, each on its own, in one transaction.
    async fn enqueue(&self, notifications: Vec<Arc<NewNotification>>) -> Result<Vec<Enqueued>>;

    /// Leases up to `limit` due deliveries that may be sent now, in the order of their turns;
    /// expires and suppresses those that must not.
    ///
    /// `age_at` is the time by which deliveries expire. With `None` the clock is in doubt: none
    /// expires, and none whose time seems to be over is claimed.
    async fn claim_deliveries_by(
        &self,
        limit: i64,
        now: Timestamp,
        age_at: Option<Timestamp>,
    ) -> Result<Vec<Claim<Sending>>>;

    /// The same under a clock that is not in doubt.
    async fn claim_deliveries(&self, limit: i64, now: Timestamp) -> Result<Vec<Claim<Sending>>> {
        self.claim_deliveries_by(limit, now, Some(now)).await
    }

    /// Asks, under the fence, to write the message of a blocked-class delivery: true exactly once
    /// while it is still allowed.
    ///
    /// From then on a change of the mode counts it as under way; false means that it was revoked
    /// and must not be sent.
    async fn pass_dot(&self, claim: &Claim<Sending>, now: Timestamp) -> Result<bool>;

    /// Ends a claim.
    async fn settle_delivery(&self, claim: Claim<Sending>, settlement: Settlement, now: Timestamp) -> Result<Settled>;

    /// Gives a claim back untouched: no attempt is counted (the relay cannot be reached).
    async fn release_delivery(&self, claim: Claim<Sending>, not_before: Timestamp, now: Timestamp) -> Result<Settled>;

    /// Extends leases that are still ours; those that are not are left alone.
    async fn renew_deliveries(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()>;
}

/// Reading what goes out.
#[async_trait]
pub trait NotificationRows: Send + Sync {
    /// A notification with its deliveries and attempts.
    async fn notification(&self, id: NotificationId) -> Result<Option<NotificationRecord>>;

    /// How many deliveries of each class that the mode may keep back (suppress, or let wait) would
    /// be kept back if it came on now.
    async fn kept_back(&self) -> Result<Vec<(Class, i64)>>;
}
