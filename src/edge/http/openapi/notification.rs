//! Notifications: what an application is answered.

use super::shape::shape;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::outbound::request::EnqueueAnswer;
use crate::store::notification::{AcceptedDelivery, AttemptRecord, DeliveryRecord, NotificationRecord};
use jiff::Timestamp;

shape! {
    /// It is on disk: what was decided about it.
    pub struct AnswerShape = EnqueueAnswer {
        /// The notification's id.
        id: NotificationId,
        /// `queued`, or `suppressed` when the mode keeps it back.
        state: DeliveryState,
        /// Why it is suppressed: `maintenance`.
        #[schema(required)]
        reason: Option<String>,
        /// The version of the mode that it was decided under.
        #[schema(examples(7))]
        mode_version: i64,
        /// What the application should look at, in words.
        warnings: Vec<String>,
        /// The application's own words; only there when they were given.
        #[schema(nullable = false)]
        reference: Option<String>,
        /// One per recipient, each address once.
        #[schema(value_type = Vec<AcceptedShape>)]
        deliveries: Vec<AcceptedDelivery>,
        ;
        replayed
    }
}

shape! {
    /// One delivery of an accepted notification.
    pub struct AcceptedShape = AcceptedDelivery {
        /// Its id.
        id: DeliveryId,
        /// To whom.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// `queued` or `suppressed`.
        state: DeliveryState,
    }
}

shape! {
    /// A notification and what became of it.
    pub struct RecordShape = NotificationRecord {
        /// Its id.
        id: NotificationId,
        /// Its kind.
        #[schema(examples("new_note"))]
        kind: String,
        /// The kind's class.
        class: Class,
        /// The application's own words.
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
        /// Its id.
        id: DeliveryId,
        /// To whom.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// Where it stands.
        state: DeliveryState,
        /// Why it is suppressed, when it is.
        #[schema(required)]
        reason: Option<String>,
        /// The version of the mode at the last decision.
        #[schema(examples(7))]
        mode_version: i64,
        /// When it is tried next.
        #[schema(required)]
        next_attempt_at: Option<Timestamp>,
        /// What was tried, first to last.
        #[schema(value_type = Vec<AttemptShape>)]
        attempts: Vec<AttemptRecord>,
    }
}

shape! {
    /// One try.
    pub struct AttemptShape = AttemptRecord {
        /// When it began.
        started_at: Timestamp,
        /// When its outcome was recorded.
        ended_at: Timestamp,
        /// What came of it.
        outcome: AttemptOutcome,
        /// The other side's words.
        #[schema(examples("250 2.0.0 Ok: queued as 4XYZ"))]
        reply: String,
    }
}
