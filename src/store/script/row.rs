//! What scripts write, as plain data: rows and how they go on. Nothing here knows a database, or
//! decides anything.

use crate::domain::id::{ItemId, Lease, MailId, NotificationId, RecipientId, TokenId, kind};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::policy::reply_code::ReplyCode;
use crate::policy::retry::Lifetime;
use crate::store::claim::Held;
use crate::store::notification::{Accepted, Idempotency, NewNotification};
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;

/// One thing to be written.
#[derive(Debug, Clone)]
pub enum Write {
    /// A recipient that was turned away.
    Turned(Box<RecipientRow>),
    /// A recipient that is taken, unless its content was taken before (within the days duplicates
    /// are remembered).
    Taken(Box<RecipientRow>),
    /// A message, when a recipient taken anew before it in the same list is to get it.
    Message(MailId, Bytes),
    /// A notification with its deliveries.
    Notification(NotificationRow),
    /// What was answered to an idempotency key, in the place of an expired answer.
    Answer(AnswerRow),
    /// The end of a lease.
    End(Ending),
}

/// What came of a [`Write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Done,
    /// Nothing was written: the same content was taken before.
    Duplicate(Duplicate),
    /// Nothing was written: the lease was no longer held.
    LeaseLost,
}

/// One recipient, as a row.
#[derive(Debug, Clone)]
pub struct RecipientRow {
    /// Its id.
    pub id: RecipientId,
    /// The mail's.
    pub mail_id: MailId,
    /// When MAIL FROM was taken.
    pub received_at: Timestamp,
    /// The SMTP client.
    pub client: String,
    /// What the client called itself.
    pub helo: String,
    /// The reverse path; `None` is `<>`.
    pub sender: Option<String>,
    /// The address with its secret key; `None` on a turned row.
    pub address: Option<String>,
    /// The key; `None` on a turned row.
    pub key: Option<String>,
    /// The address with its key masked.
    pub mask: String,
    /// SHA-256 of the full address, for filtering by it.
    pub address_hash: [u8; 32],
    /// What it asks for.
    pub intent: Intent,
    /// What was decided.
    pub verdict: Verdict,
    /// Where it stands.
    pub state: MailState,
    /// The SMTP codes answered.
    pub reply: ReplyCode,
    /// Why it was turned away or discarded, in a word.
    pub reason: Option<&'static str>,
    /// The version that decided.
    pub mode_version: Version,
    /// The message's size, when it came.
    pub size_bytes: Option<i64>,
    /// The message's own id.
    pub message_id: Option<String>,
    /// SHA-256 over door, sender, recipient and bytes; only on taken rows.
    pub content_hash: Option<[u8; 32]>,
}

/// The same bytes from the same sender to the same recipient, taken before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// The first mail's id.
    pub mail_id: MailId,
    /// What was decided then.
    pub verdict: Verdict,
}

/// One attempt, as a row.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// The delivery's or recipient's id.
    pub item_id: ItemId,
    /// 1 is the first.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When its outcome was recorded.
    pub ended_at: Timestamp,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// The other side's words.
    pub reply: String,
}

/// How much one claim takes at most.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// The lease all claimed rows will carry.
    pub lease: Lease,
    /// At most so many rows.
    pub limit: i64,
    /// Now: rows due later are left.
    pub now: Timestamp,
    /// When the lease ends.
    pub until: Timestamp,
}

/// At most so many bytes of messages in one claim, so that a batch of big mails does not fill the
/// memory.
pub const BATCH_BYTES: i64 = 8 * 1024 * 1024;

/// One notification and its deliveries, as rows.
#[derive(Debug, Clone)]
pub struct NotificationRow {
    /// What came in.
    pub new: Arc<NewNotification>,
    /// What was decided about it, and its deliveries.
    pub accepted: Accepted,
    /// How long its deliveries are of use.
    pub lifetime: Lifetime,
    /// Whether the message is kept; a message that must not reach the disk is left out.
    pub keeps_message: bool,
}

/// One remembered answer, as a row.
#[derive(Debug, Clone)]
pub struct AnswerRow {
    /// The token; `None` is the console.
    pub token_id: Option<TokenId>,
    /// The application's key.
    pub key: Idempotency,
    /// What it was answered.
    pub answer: Accepted,
    /// When.
    pub at: Timestamp,
}

/// A leased row and the state it goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A recipient of incoming mail.
    Recipient(Held<kind::Recipient>, MailState),
    /// A delivery.
    Delivery(Held<kind::Delivery>, DeliveryState),
}

/// How a lease ends: settled, or given back as if it had never been taken.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Which row, and its next state.
    pub row: Ended,
    /// Why, in words; kept for the operator. `None` keeps what stands there.
    pub reason: Option<String>,
    /// When it is tried next, when it waits again.
    pub next_at: Option<Timestamp>,
    /// When this was decided.
    pub at: Timestamp,
    /// What was tried; without it the attempt that the claim counted does not count.
    pub attempt: Option<AttemptRow>,
    /// The notification whose message is wiped, if none of its deliveries needs it any more.
    pub wipes: Option<NotificationId>,
}

impl Ending {
    /// When the row was done, if it is. A refused delivery is: retention may take it, while an
    /// operator may still retry it.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        let is_done = match self.row {
            Ended::Recipient(_, state) => state == MailState::HandedOver,
            Ended::Delivery(_, state) => matches!(state, DeliveryState::Delivered | DeliveryState::Failed),
        };
        is_done.then_some(self.at)
    }

    /// How many of the counted attempts do not count.
    #[must_use]
    pub fn uncounted(&self) -> i64 {
        i64::from(self.attempt.is_none())
    }

    /// May the other side have it all the same? That is never forgotten: such a delivery is not
    /// suppressed.
    #[must_use]
    pub fn is_maybe_sent(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.outcome == AttemptOutcome::Unknown)
    }
}

impl AttemptRow {
    /// The attempt of a lapsed lease, whose worker never said what came of it.
    #[must_use]
    pub fn lapsed(item_id: ItemId, number: u32, started_at: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            item_id,
            number,
            started_at: started_at.unwrap_or(now),
            ended_at: now,
            outcome: AttemptOutcome::Unknown,
            reply: "the process that worked on it stopped before it could say what came of it".into(),
        }
    }
}

/// A delivery that is over, and whose message it would have carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverRow {
    /// The notification.
    pub notification_id: NotificationId,
    /// Its class.
    pub class: Class,
}

/// What an operator acts on.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Deliveries and recipients.
    pub ids: Vec<ItemId>,
    /// Only those still in this state, if one is given.
    pub state: Option<&'static str>,
    /// Now.
    pub now: Timestamp,
}
