//! One open transaction, as the scripts of this room see it; each kind of store supplies the SQL.
//!
//! Whoever holds a ledger is inside the fence: between its first statement and its commit no other transaction can change the
//! mode. Nothing here decides anything; the decisions are in `admit`, `change` and `work`.

use super::claim::{Claim, Held};
use super::error::Result;
use super::mail::HandOver;
use super::notification::{Accepted, Idempotency, NewNotification, Sending};
use crate::domain::id::{DeliveryId, ItemId, Lease, MailId, NotificationId, RecipientId, TokenId, kind};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{HistoryEntry, Mode};
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::policy::turn::Due;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

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
    pub reply: &'static str,
    /// Why it was turned away or discarded, in a word.
    pub reason: Option<&'static str>,
    /// The version that decided.
    pub mode_version: i64,
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

/// How a leased row goes on: the columns a settlement changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<S> {
    /// Its next state.
    pub state: S,
    /// Why, in words; kept for the operator.
    pub reason: Option<String>,
    /// When it is tried next, when it waits again.
    pub next_at: Option<Timestamp>,
    /// When this was decided.
    pub at: Timestamp,
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

/// At most so many bytes of messages in one claim, so that a batch of big mails does not fill the memory.
pub const BATCH_BYTES: i64 = 8 * 1024 * 1024;

/// The mode inside a transaction.
#[async_trait]
pub trait ModeLedger: Send {
    /// The mode, read in this transaction; an error when it is older than one this process has seen.
    async fn mode(&mut self) -> Result<Mode>;
    /// The mode as it is stored, to be believed or not.
    async fn stored_mode(&mut self) -> Result<Mode>;
    /// The highest version of all: stored, in the history, seen by any process that has said so, or by this one.
    async fn highest_version(&mut self) -> Result<i64>;
    /// Writes the mode of `entry` and appends it to the history.
    async fn write_mode(&mut self, entry: &HistoryEntry) -> Result<()>;
    /// Suppresses queued deliveries of `classes` and revokes claims of them not past their dot.
    async fn suppress(&mut self, classes: &[Class], version: i64, now: Timestamp) -> Result<u64>;
    /// Takes back claims of `classes` not past their dot: the deliveries are queued again in their old place, and the attempt
    /// does not count.
    async fn withdraw(&mut self, classes: &[Class], now: Timestamp) -> Result<u64>;
    /// Stops the retry time of deliveries of `classes` that are queued or under way: from here on only `not_after` ends them.
    async fn stop_retry_time(&mut self, classes: &[Class], now: Timestamp) -> Result<()>;
    /// Lets stopped retry time run on from `now`.
    async fn resume_retry_time(&mut self, now: Timestamp) -> Result<()>;
    /// Makes held mail wait for its hand-over.
    async fn release_held(&mut self, now: Timestamp) -> Result<u64>;
    /// Appends an attempt.
    async fn add_attempt(&mut self, attempt: AttemptRow) -> Result<()>;
}

/// Mail coming in, inside a transaction.
#[async_trait]
pub trait MailLedger: ModeLedger {
    /// Records a recipient that was turned away.
    async fn add_turned(&mut self, row: RecipientRow) -> Result<()>;
    /// Records a taken recipient, unless its content was taken before (within the days duplicates are remembered).
    async fn add_taken(&mut self, row: RecipientRow) -> Result<Option<Duplicate>>;
    /// Keeps a message.
    async fn add_mail(&mut self, id: MailId, raw: &Bytes) -> Result<()>;
    /// Makes rows wait again whose lease ended before `now`, recording each attempt as unknown.
    async fn requeue_lapsed_hand_overs(&mut self, now: Timestamp) -> Result<()>;
    /// Leases due rows of these intents, oldest first, and counts the attempt.
    async fn lease_hand_overs(&mut self, batch: Batch, intents: &[Intent]) -> Result<Vec<HandOver>>;
    /// Is the lease still held?
    async fn holds_hand_over(&mut self, held: Held<kind::Recipient>) -> Result<bool>;
    /// Ends a lease; false when it was not held any more.
    async fn end_hand_over(&mut self, claim: &Claim<HandOver>, ending: &Ending<MailState>) -> Result<bool>;
    /// Ends a lease as if it had not been taken: the attempt does not count.
    async fn undo_hand_over(&mut self, claim: &Claim<HandOver>, ending: &Ending<MailState>) -> Result<bool>;
}

/// Mail going out, inside a transaction.
#[async_trait]
pub trait NotificationLedger: ModeLedger {
    /// What was answered to this key, with the fingerprint of the bytes, unless it is older than `since`.
    async fn find_answer(
        &mut self,
        token: Option<TokenId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<([u8; 32], Accepted)>>;
    /// Remembers an answer, in the place of an expired one.
    async fn add_answer(
        &mut self,
        token: Option<TokenId>,
        key: &Idempotency,
        answer: &Accepted,
        now: Timestamp,
    ) -> Result<()>;
    /// Keeps a notification and its deliveries as `accepted` says; `body` is left out when it must not reach the disk.
    async fn add_notification(
        &mut self,
        new: &NewNotification,
        accepted: &Accepted,
        body: Option<&Bytes>,
    ) -> Result<()>;
    /// Makes rows queued again whose lease ended before `now`, recording each attempt as unknown.
    async fn requeue_lapsed_deliveries(&mut self, now: Timestamp) -> Result<()>;
    /// Expires what is queued and of no use any more.
    async fn expire(&mut self, now: Timestamp) -> Result<()>;
    /// The due rows of these classes: up to `limit` of each, its oldest.
    async fn due_deliveries(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>>;
    /// The oldest due rows of these classes whose time is not over at `now`: up to `limit` in all.
    async fn due_unexpired(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>>;
    /// Leases these rows, found due in this transaction, and counts the attempt; in any order.
    async fn lease_deliveries(&mut self, batch: Batch, ids: &[DeliveryId]) -> Result<Vec<Sending>>;
    /// Marks a leased delivery as past its dot; false when the lease was not held any more or it was marked before.
    async fn mark_dot(&mut self, held: Held<kind::Delivery>, now: Timestamp) -> Result<bool>;
    /// Ends a lease; false when it was not held any more. An unknown outcome is never forgotten: such a row is not suppressed.
    async fn end_delivery(
        &mut self,
        claim: &Claim<Sending>,
        ending: &Ending<DeliveryState>,
        outcome: AttemptOutcome,
    ) -> Result<bool>;
    /// Ends a lease as if it had not been taken: the attempt does not count.
    async fn undo_delivery(&mut self, claim: &Claim<Sending>, ending: &Ending<DeliveryState>) -> Result<bool>;
    /// Wipes the message of a notification none of whose deliveries needs it any more.
    async fn wipe_if_done(&mut self, notification: NotificationId) -> Result<()>;
}
