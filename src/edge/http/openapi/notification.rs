//! Responses to an application about its notifications.

use super::shape::shape;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::mode::Version;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::outbound::request::EnqueueAnswer;
use crate::store::notification::{AcceptedDelivery, AttemptRecord, DeliveryRecord, NotificationRecord};
use jiff::Timestamp;

shape! {
    /// The notification is on disk: what was decided about it.
    pub struct AnswerShape = EnqueueAnswer {
        /// The notification's id.
        id: NotificationId,
        /// `queued`, or `suppressed` when the mode keeps it back.
        state: DeliveryState,
        /// Why it is suppressed: `maintenance`.
        #[schema(required)]
        reason: Option<String>,
        /// The version of the mode that it was decided under.
        #[schema(value_type = i64, examples(7))]
        mode_version: Version,
        /// What the application should check, in words.
        warnings: Vec<String>,
        /// The application's own reference; absent if it gave none.
        #[schema(nullable = false)]
        reference: Option<String>,
        /// One per recipient. A repeated address is listed once.
        #[schema(value_type = Vec<AcceptedShape>)]
        deliveries: Vec<AcceptedDelivery>,
        ;
        replayed
    }
}

shape! {
    /// One delivery of an accepted notification.
    pub struct AcceptedShape = AcceptedDelivery {
        /// The delivery's id.
        id: DeliveryId,
        /// The recipient's address.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// `queued` or `suppressed`.
        state: DeliveryState,
    }
}

shape! {
    /// A notification and the state of its deliveries.
    pub struct RecordShape = NotificationRecord {
        /// The notification's id.
        id: NotificationId,
        /// The kind.
        #[schema(examples("new_note"))]
        kind: String,
        /// The kind's class.
        class: Class,
        /// The application's own reference.
        #[schema(required, examples("note-42"))]
        reference: Option<String>,
        /// When it was enqueued.
        enqueued_at: Timestamp,
        /// One per recipient.
        #[schema(value_type = Vec<DeliveryShape>)]
        deliveries: Vec<DeliveryRecord>,
        ;
        token_id
    }
}

shape! {
    /// A delivery with its attempts.
    pub struct DeliveryShape = DeliveryRecord {
        /// The delivery's id.
        id: DeliveryId,
        /// The recipient's address.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// The state of the delivery.
        state: DeliveryState,
        /// Why it is suppressed, if it is.
        #[schema(required)]
        reason: Option<String>,
        /// The version of the mode at the last decision.
        #[schema(value_type = i64, examples(7))]
        mode_version: Version,
        /// When it is tried next.
        #[schema(required)]
        next_attempt_at: Option<Timestamp>,
        /// All attempts, oldest first.
        #[schema(value_type = Vec<AttemptShape>)]
        attempts: Vec<AttemptRecord>,
    }
}

shape! {
    /// One attempt.
    pub struct AttemptShape = AttemptRecord {
        /// When it began.
        started_at: Timestamp,
        /// When its outcome was recorded.
        ended_at: Timestamp,
        /// The result.
        outcome: AttemptOutcome,
        /// The relay's reply.
        #[schema(examples("250 2.0.0 Ok: queued as 4XYZ"))]
        reply: String,
    }
}
