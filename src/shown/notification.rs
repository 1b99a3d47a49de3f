//! A notification: the answer to enqueueing it, and what became of it.

use super::all;
use super::made_from::made_from;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::mode::Version;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::outbound::request;
use crate::store::notification;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The notification is on disk: what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnqueueAnswer {
    /// The notification's id.
    pub id: NotificationId,
    /// `queued`, or `suppressed` when the mode keeps it back.
    pub state: DeliveryState,
    /// Why it is suppressed: `maintenance`.
    #[schema(required)]
    pub reason: Option<String>,
    /// The version of the mode that it was decided under.
    #[schema(value_type = i64, examples(7))]
    pub mode_version: Version,
    /// What the application should check, in words.
    pub warnings: Vec<String>,
    /// The application's own reference; absent if it gave none.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// One per recipient. A repeated address is listed once.
    pub deliveries: Vec<AcceptedDelivery>,
}

made_from! {
    request::EnqueueAnswer => EnqueueAnswer {
        id, state, reason, mode_version, warnings, reference, deliveries = all(deliveries); replayed
    }
}

/// One delivery of an accepted notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AcceptedDelivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The recipient's address.
    #[schema(examples("ann@example.com"))]
    pub recipient: String,
    /// `queued` or `suppressed`.
    pub state: DeliveryState,
}

made_from! { notification::AcceptedDelivery => AcceptedDelivery { id, recipient, state } }

/// A notification and the state of its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotificationRecord {
    /// The notification's id.
    pub id: NotificationId,
    /// The kind.
    #[schema(examples("new_note"))]
    pub kind: String,
    /// The kind's class.
    pub class: Class,
    /// The application's own reference.
    #[schema(required, examples("note-42"))]
    pub reference: Option<String>,
    /// When it was enqueued.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub enqueued_at: Timestamp,
    /// One per recipient.
    pub deliveries: Vec<DeliveryRecord>,
}

made_from! {
    notification::NotificationRecord => NotificationRecord {
        id, kind, class, reference, enqueued_at, deliveries = all(deliveries); token_id
    }
}

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryRecord {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The recipient's address.
    #[schema(examples("ann@example.com"))]
    pub recipient: String,
    /// The state of the delivery.
    pub state: DeliveryState,
    /// Why it is suppressed, if it is.
    #[schema(required)]
    pub reason: Option<String>,
    /// The version of the mode at the last decision.
    #[schema(value_type = i64, examples(7))]
    pub mode_version: Version,
    /// When it is tried next.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub next_attempt_at: Option<Timestamp>,
    /// All attempts, oldest first.
    pub attempts: Vec<AttemptRecord>,
}

made_from! {
    notification::DeliveryRecord => DeliveryRecord {
        id, recipient, state, reason, mode_version, next_attempt_at, attempts = all(attempts)
    }
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttemptRecord {
    /// When it began.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub started_at: Timestamp,
    /// When its outcome was recorded.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub ended_at: Timestamp,
    /// The result.
    pub outcome: AttemptOutcome,
    /// The relay's reply.
    #[schema(examples("250 2.0.0 Ok: queued as 4XYZ"))]
    pub reply: String,
}

made_from! { notification::AttemptRecord => AttemptRecord { started_at, ended_at, outcome, reply } }
