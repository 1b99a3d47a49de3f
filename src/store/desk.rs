//! The operator's desk: what is on record, what waits and why, and the few things an operator does
//! about it.

use super::error::Result;
use super::notification::AttemptRecord;
pub use super::pause::{Cause, Flow, Pause};
pub(super) use super::queue::MAX_OF_ONE;
pub use super::queue::{Action, Group, MAX_AT_ONCE, QueueFilter, QueueItem, QueueKind};
use crate::domain::id::{AnyId, DeliveryId, ItemId, MailId, NotificationId, RecipientId};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::domain::spelling::spelled;
use async_trait::async_trait;
use jiff::Timestamp;

/// A page of a list: what to leave out, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows.
    pub limit: i64,
    /// Go on after the row with this key (time and id); `None` starts at the newest.
    pub after: Option<(Timestamp, AnyId)>,
}

/// Which suppressed deliveries to list; every filter is exact, the time range is `[since, until)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuppressedFilter {
    /// Only this kind.
    pub kind: Option<String>,
    /// Only this class.
    pub class: Option<Class>,
    /// Only this recipient.
    pub recipient: Option<String>,
    /// Only under these mode versions, both included.
    pub mode_versions: Option<(Version, Version)>,
    /// Suppressed at or after.
    pub since: Option<Timestamp>,
    /// Suppressed before.
    pub until: Option<Timestamp>,
}

/// One suppressed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressedMail {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The notification's.
    pub notification_id: NotificationId,
    /// Its kind.
    pub kind: String,
    /// The kind's title.
    pub title: String,
    /// Its class.
    pub class: Class,
    /// To whom.
    pub recipient: String,
    /// The subject; `None` for write-dependent ones.
    pub subject: Option<String>,
    /// The application's own words.
    pub reference: Option<String>,
    /// Always `maintenance` so far.
    pub reason: String,
    /// The mode version that suppressed it.
    pub mode_version: Version,
    /// When it was enqueued.
    pub enqueued_at: Timestamp,
    /// When it was suppressed.
    pub suppressed_at: Timestamp,
    /// What can be done about it.
    pub resend: Resend,
}

spelled! {
    /// What can be done about a suppressed delivery.
    pub enum Resend {
        /// Its message is kept.
        Possible = "possible",
        /// Its message is gone: the person asks again.
        MustBeRequestedAnew = "must_be_requested_anew",
        /// It was sent again.
        Resent = "resent",
    }
}

/// Which recipients of incoming mail to list; every filter is exact, the time range is `[since,
/// until)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncomingFilter {
    /// Only this intent.
    pub intent: Option<Intent>,
    /// Only this verdict.
    pub verdict: Option<Verdict>,
    /// Only this state.
    pub state: Option<MailState>,
    /// Only this full address (compared by hash).
    pub recipient: Option<String>,
    /// Only this address as it is shown, its key masked.
    pub masked_recipient: Option<String>,
    /// Only this reverse path, with or without its angle brackets; `<>` is the null sender.
    pub sender: Option<String>,
    /// Only this Message-ID, with or without its angle brackets.
    pub message_id: Option<String>,
    /// Only this mail's recipients.
    pub mail_id: Option<MailId>,
    /// Only under these mode versions, both included.
    pub mode_versions: Option<(Version, Version)>,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
}

/// One recipient of an incoming mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingMail {
    /// The recipient's id.
    pub id: RecipientId,
    /// The mail's.
    pub mail_id: MailId,
    /// When it was offered.
    pub received_at: Timestamp,
    /// The SMTP client.
    pub client: String,
    /// The reverse path; empty is `<>`.
    pub sender: String,
    /// The address with its key masked.
    pub recipient: String,
    /// What it asked for.
    pub intent: Intent,
    /// What was decided.
    pub verdict: Verdict,
    /// The SMTP code answered, with its enhanced code (`550 5.3.2`).
    pub reply: String,
    /// The version that decided.
    pub mode_version: Version,
    /// Where it stands.
    pub state: MailState,
    /// The message's size; `None` when it was refused before it came.
    pub size_bytes: Option<i64>,
    /// The message's own id.
    pub message_id: Option<String>,
    /// Why it was turned away or discarded, in a word, or why the last attempt failed.
    pub reason: Option<String>,
}

/// How much waits, for metrics and readiness.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depths {
    /// Accepted mail to be handed over.
    pub waiting: i64,
    /// Mail being handed over.
    pub hand_overs: i64,
    /// Mail kept until the mode is off.
    pub held: i64,
    /// Mail the application cannot take.
    pub failed_hand_overs: i64,
    /// Deliveries to be sent.
    pub queued: i64,
    /// Of those, the ones whose kind is not declared.
    pub unclassified: i64,
    /// Deliveries being sent.
    pub deliveries: i64,
    /// Deliveries the relay refused.
    pub failed_deliveries: i64,
    /// When the oldest queued delivery was enqueued.
    pub oldest_queued_at: Option<Timestamp>,
    /// When the oldest waiting mail came.
    pub oldest_waiting_at: Option<Timestamp>,
}

/// What retention took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// Messages wiped.
    pub bodies: u64,
    /// Records deleted.
    pub records: u64,
}

/// How far back retention reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Messages done before this are wiped.
    pub bodies_before: Timestamp,
    /// Records done before this are deleted.
    pub records_before: Timestamp,
    /// Nodes not heard of since this are forgotten.
    pub nodes_before: Timestamp,
    /// At most so many of each in one turn.
    pub limit: i64,
}

/// What is on record, and what is done about it.
#[async_trait]
pub trait DeskStore: Send + Sync {
    /// Suppressed deliveries, newest first.
    async fn suppressed(&self, filter: SuppressedFilter, page: Page) -> Result<Vec<SuppressedMail>>;

    /// One suppressed delivery.
    async fn suppressed_one(&self, id: DeliveryId) -> Result<Option<SuppressedMail>>;

    /// Recipients of incoming mail, newest first.
    async fn incoming(&self, filter: IncomingFilter, page: Page) -> Result<Vec<IncomingMail>>;

    /// One recipient of an incoming mail.
    async fn incoming_one(&self, id: RecipientId) -> Result<Option<IncomingMail>>;

    /// What waits or failed, newest first.
    async fn queue(&self, filter: QueueFilter, page: Page) -> Result<Vec<QueueItem>>;

    /// One queued thing, whatever its state.
    async fn queue_item(&self, id: ItemId) -> Result<Option<QueueItem>>;

    /// The deliveries of a notification or the recipients of a mail, whatever their states, first
    /// to last.
    async fn queue_items_of(&self, id: AnyId) -> Result<Vec<QueueItem>>;

    /// What was tried with a delivery or recipient, first to last.
    async fn attempts(&self, id: ItemId) -> Result<Vec<AttemptRecord>>;

    /// Does `action` to `id`; `None` when there is no such thing, else its state now and whether
    /// the action applied.
    async fn act(&self, id: ItemId, action: Action, now: Timestamp) -> Result<Option<(QueueItem, bool)>> {
        let applied = self.act_on(vec![id], None, action, now).await?.contains(&id);
        Ok(self.queue_item(id).await?.map(|item| (item, applied)))
    }

    /// Does `action` to those of `ids` to which it applies, in one transaction; with a state, only
    /// to those still in it. Answers the ids it applied to. At most [`MAX_AT_ONCE`] ids are looked
    /// at.
    async fn act_on(
        &self,
        ids: Vec<ItemId>,
        state: Option<&'static str>,
        action: Action,
        now: Timestamp,
    ) -> Result<Vec<ItemId>>;

    /// How many things of a group that came before `before` the filter finds, and how many of them
    /// still have their message.
    async fn count_group(&self, filter: QueueFilter, group: Group, before: Timestamp) -> Result<(i64, i64)>;

    /// The keys of what the filter finds in a group and that came before `before`, oldest first, so
    /// that they keep their turn. The type and state that the filter itself asks for are not looked
    /// at.
    async fn keys_of_group(
        &self,
        filter: QueueFilter,
        group: Group,
        before: Timestamp,
        page: Page,
    ) -> Result<Vec<(Timestamp, ItemId)>>;

    /// How much waits.
    async fn depths(&self) -> Result<Depths>;

    /// The flows that stand still.
    async fn pauses(&self) -> Result<Vec<Pause>>;

    /// Records that a flow stands still, or (with `None`) that it moves again.
    async fn set_pause(&self, flow: Flow, pause: Option<Pause>) -> Result<()>;

    /// Wipes and deletes what is beyond the horizon; never what waits, is held, queued, under way,
    /// or mail the application could not take.
    async fn retire(&self, horizon: Horizon) -> Result<Retired>;
}
