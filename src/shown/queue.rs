//! Something that waits or failed, and why.

use super::Row;
use super::made_from::made_from;
use crate::domain::id::ItemId;
use crate::store::desk::{self, QueueKind};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A queue item that waits or failed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueItem {
    /// The delivery's or recipient's id.
    pub id: ItemId,
    /// Which of the two the item is.
    #[serde(rename = "type")]
    pub queue: QueueKind,
    /// Its state: a `DeliveryState` or a `MailState`.
    #[schema(examples("queued"))]
    pub state: String,
    /// The kind of the notification, or the intent of the mail.
    #[schema(examples("new_note"))]
    pub what: String,
    /// The recipient; masked for incoming mail.
    #[schema(examples("ann@example.com"))]
    pub recipient: String,
    /// When it entered the queue.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub queued_at: Timestamp,
    /// Number of attempts so far.
    #[schema(examples(2))]
    pub attempts: i64,
    /// When it is tried next.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last attempt failed, or why it waits: `maintenance` means until the mode is off.
    #[schema(required, examples("the relay cannot be reached (connection refused)"))]
    pub reason: Option<String>,
}

made_from! {
    desk::QueueItem => QueueItem {
        id, queue, state, what, recipient, queued_at, attempts, next_attempt_at, reason; class
    }
}

impl Row for QueueItem {
    const SHEET: &'static [&'static str] =
        &["id", "type", "state", "what", "recipient", "queued_at", "attempts", "next_attempt_at", "reason"];
    const TABLE: &'static [&'static str] =
        &["id", "state", "recipient", "reason", "next_attempt_at", "attempts", "what", "type", "queued_at"];
}
