//! One open transaction, as scripts see it; each kind of store supplies the SQL.
//!
//! The holder of a ledger is inside the fence: between its first statement and its commit no other
//! transaction can change the mode. Nothing here decides anything; the decisions are in the
//! scripts.

use super::row::{
    AnswerRow, Asked, AttemptRow, Batch, Duplicate, Ending, NotificationRow, OverRow, RecipientRow, Write, Written,
};
use crate::domain::id::{DeliveryId, ItemId, Lease, MailId, NotificationId, TokenId, WindowId, kind};
use crate::domain::mail::{Intent, MailState};
use crate::domain::mode::{HistoryEntry, Mode, Version};
use crate::domain::notification::Class;
use crate::domain::window::Window;
use crate::policy::turn::Due;
use crate::store::claim::Held;
use crate::store::drain::Left;
use crate::store::error::{Result, StoreError};
use crate::store::mail::HandOver;
use crate::store::notification::{Accepted, Sending};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The mode inside a transaction.
#[async_trait]
pub trait ModeLedger: Send {
    /// The mode, read in this transaction; an error when it is older than one this process has
    /// seen.
    async fn mode(&mut self) -> Result<Mode>;
    /// The mode as it is stored, to be believed or not.
    async fn stored_mode(&mut self) -> Result<Mode>;
    /// The highest version of all: stored, in the history, seen by any process that has said so, or
    /// by this one.
    async fn highest_version(&mut self) -> Result<Version>;
    /// Writes the mode of `entry` and appends it to the history.
    async fn write_mode(&mut self, entry: &HistoryEntry) -> Result<()>;
    /// Suppresses queued deliveries of `classes` and revokes claims of them not past their dot;
    /// which those were.
    async fn suppress(&mut self, classes: &[Class], version: Version, now: Timestamp) -> Result<Vec<OverRow>>;
    /// Takes back claims of `classes` not past their dot: the deliveries are queued again in their
    /// old place, and the attempt does not count.
    async fn withdraw(&mut self, classes: &[Class], now: Timestamp) -> Result<u64>;
    /// Stops the retry time of deliveries of `classes` that are queued or under way: from here on
    /// only `not_after` ends them.
    async fn stop_retry_time(&mut self, classes: &[Class], now: Timestamp) -> Result<()>;
    /// Lets stopped retry time run on from `now`.
    async fn resume_retry_time(&mut self, now: Timestamp) -> Result<()>;
    /// Makes held mail wait for its hand-over.
    async fn release_held(&mut self, now: Timestamp) -> Result<u64>;
    /// Wipes the messages of these notifications before the commit, as far as none of their
    /// deliveries needs them any more.
    fn wipe(&mut self, notifications: BTreeSet<NotificationId>);
}

/// Leases inside a transaction.
#[async_trait]
pub trait LeaseLedger: ModeLedger {
    /// Ends a lease; false when it was not held any more, and then nothing is written. The attempt
    /// is recorded with it.
    async fn end(&mut self, ending: Ending) -> Result<bool>;
    /// Extends leases on recipients that are held at `now`; the others are left alone.
    async fn renew_hand_overs(&mut self, leases: &[Lease], now: Timestamp) -> Result<()>;
    /// The same for leases on deliveries.
    async fn renew_deliveries(&mut self, leases: &[Lease], now: Timestamp) -> Result<()>;
    /// Records an attempt.
    fn add_attempt(&mut self, attempt: AttemptRow);
}

/// Mail coming in, inside a transaction.
#[async_trait]
pub trait MailLedger: LeaseLedger {
    /// Records a recipient that was turned away.
    async fn add_turned(&mut self, row: RecipientRow) -> Result<()>;
    /// Records a taken recipient, unless its content was taken before (within the days duplicates
    /// are remembered).
    async fn add_taken(&mut self, row: RecipientRow) -> Result<Option<Duplicate>>;
    /// Keeps a message.
    async fn add_mail(&mut self, id: MailId, raw: &Bytes) -> Result<()>;
    /// Makes rows wait again whose lease ended before `now`, recording each attempt as unknown.
    async fn requeue_lapsed_hand_overs(&mut self, now: Timestamp) -> Result<()>;
    /// Leases due rows of these intents, oldest first, and counts the attempt.
    async fn lease_hand_overs(&mut self, batch: Batch, intents: &[Intent]) -> Result<Vec<HandOver>>;
    /// Is the lease still held?
    async fn holds_hand_over(&mut self, held: Held<kind::Recipient>) -> Result<bool>;
}

/// Mail going out, inside a transaction.
#[async_trait]
pub trait NotificationLedger: LeaseLedger {
    /// What was answered to this key, with the fingerprint of the bytes, unless it is older than
    /// `since`.
    async fn find_answer(
        &mut self,
        token: Option<TokenId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<([u8; 32], Accepted)>>;
    /// Remembers an answer, in the place of an expired one.
    async fn add_answer(&mut self, row: &AnswerRow) -> Result<()>;
    /// Keeps a notification and its deliveries.
    async fn add_notification(&mut self, row: &NotificationRow) -> Result<()>;
    /// Makes rows queued again whose lease ended before `now`, recording each attempt as unknown.
    async fn requeue_lapsed_deliveries(&mut self, now: Timestamp) -> Result<()>;
    /// Expires what is queued and of no use any more; which deliveries those were.
    async fn expire(&mut self, now: Timestamp) -> Result<Vec<OverRow>>;
    /// The due rows of these classes: up to `limit` of each, its oldest.
    async fn due_deliveries(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>>;
    /// The oldest due rows of these classes whose time is not over at `now`: up to `limit` in all.
    async fn due_unexpired(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>>;
    /// Leases these rows, found due in this transaction, and counts the attempt; in any order.
    async fn lease_deliveries(&mut self, batch: Batch, ids: &[DeliveryId]) -> Result<Vec<Sending>>;
    /// Marks a leased delivery as past its dot; false when the lease was not held any more or it
    /// was marked before.
    async fn mark_dot(&mut self, held: Held<kind::Delivery>, now: Timestamp) -> Result<bool>;
}

/// Counting what is left of before the maintenance, inside a transaction.
#[async_trait]
pub trait DrainLedger: ModeLedger {
    /// Counts; `blocked` are the classes the mode keeps back, `offered` the intents that are handed
    /// over in it.
    async fn count_left(&mut self, blocked: &[Class], offered: &[Intent]) -> Result<Left>;
    /// Records that this version is drained, unless it is on record already; says since when.
    async fn mark_drained(&mut self, version: Version, now: Timestamp) -> Result<Timestamp>;
}

/// Windows inside a transaction that runs alone.
#[async_trait]
pub trait WindowLedger: ModeLedger {
    /// The windows scheduled and open, by their start.
    async fn standing(&mut self) -> Result<Vec<Window>>;
    /// One window.
    async fn find_window(&mut self, id: WindowId) -> Result<Option<Window>>;
    /// Keeps a new one.
    async fn add_window(&mut self, window: &Window) -> Result<()>;
    /// Writes where a window stands now.
    async fn move_window(&mut self, window: &Window) -> Result<()>;
    /// Ends all open windows with `version` of the mode, which `by` turned off.
    async fn end_open_windows(&mut self, version: Version, by: &str, now: Timestamp) -> Result<Vec<Window>>;
}

/// What an operator does to what is queued, inside a transaction that runs alone.
#[async_trait]
pub trait ActLedger: ModeLedger {
    /// Makes them due now; answers those that were to be tried again. The retry time of a delivery
    /// of a class that is `waiting` stands still.
    async fn retry(&mut self, asked: &Asked, waiting: &[Class]) -> Result<Vec<ItemId>>;
    /// Takes deliveries out; answers those that could be.
    async fn cancel_deliveries(&mut self, asked: &Asked) -> Result<Vec<(ItemId, OverRow)>>;
    /// Takes recipients of incoming mail out; answers those that could be.
    async fn cancel_recipients(&mut self, asked: &Asked) -> Result<Vec<ItemId>>;
    /// Lets held recipients go on; answers those that were held.
    async fn release_recipients(&mut self, asked: &Asked) -> Result<Vec<ItemId>>;
}

/// All that a script may ask of its transaction.
#[async_trait]
pub trait WholeLedger: MailLedger + NotificationLedger + DrainLedger + WindowLedger + ActLedger {
    /// Writes what was decided under the version `expected` (`None` when the mode has no say in
    /// it); what came of each, in order.
    ///
    /// # Errors
    /// When the mode of this transaction is another version: what was decided under one must not
    /// appear under the next.
    async fn apply(&mut self, expected: Option<Version>, writes: Vec<Write>) -> Result<Vec<Written>> {
        if let Some(expected) = expected {
            let version = self.mode().await?.version;
            if version != expected {
                let moved = format!("decided under version {expected} of the mode, which is at {version}");
                return Err(StoreError::Unreachable(moved));
            }
        }
        let mut written = Vec::with_capacity(writes.len());
        let mut message_is_needed = false;
        for write in writes {
            written.push(match write {
                Write::Turned(row) => self.add_turned(*row).await.map(|()| Written::Done)?,
                Write::Taken(row) => {
                    let needs_message = row.state != MailState::Discarded;
                    let duplicate = self.add_taken(*row).await?;
                    message_is_needed |= needs_message && duplicate.is_none();
                    duplicate.map_or(Written::Done, Written::Duplicate)
                }
                Write::Message(id, raw) if message_is_needed => {
                    self.add_mail(id, &raw).await.map(|()| Written::Done)?
                }
                Write::Message(..) => Written::Done,
                Write::Notification(row) => self.add_notification(&row).await.map(|()| Written::Done)?,
                Write::Answer(row) => self.add_answer(&row).await.map(|()| Written::Done)?,
                Write::End(ending) => {
                    let wipes = ending.wipes;
                    let held = self.end(ending).await?;
                    self.wipe(wipes.into_iter().filter(|_| held).collect());
                    if held { Written::Done } else { Written::LeaseLost }
                }
            });
        }
        Ok(written)
    }
}
