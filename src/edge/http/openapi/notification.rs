//! Notifications: what an application sends, and what it is answered.

use super::shape::shape;
use crate::domain::id::Id;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::outbound::request::EnqueueAnswer;
use crate::store::notification::{AcceptedDelivery, AttemptRecord, DeliveryRecord, NotificationRecord};
use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One notification to be delivered: either composed from `subject`, `text` and `html`, or a ready message as `raw`.
///
/// At least one recipient is needed, at most 100 in all; `[paging] recipients` are taken for a kind of class `paging` that names
/// nobody. Members that are not known are refused.
#[derive(ToSchema)]
#[schema(as = EnqueueRequest)]
#[serde(deny_unknown_fields)]
pub struct RequestShape {
    /// What it is: a name or alias from `kinds.toml` (`postern kinds list`). The kind's class decides what the mode means for it.
    #[schema(min_length = 1, max_length = 100, examples("new_note"))]
    pub kind: String,
    /// To whom, shown.
    #[schema(required = false, value_type = Vec<MailboxShape>)]
    pub to: Vec<String>,
    /// More recipients, shown.
    #[schema(required = false, value_type = Vec<MailboxShape>)]
    pub cc: Vec<String>,
    /// More recipients, not shown to anybody.
    #[schema(required = false, value_type = Vec<MailboxShape>)]
    pub bcc: Vec<String>,
    /// The subject; needed unless `raw` is given.
    #[schema(max_length = 2000, examples("Re: Printer on fire (#7)"))]
    pub subject: Option<String>,
    /// The plain text; needed unless `html` or `raw` is given.
    #[schema(examples("Bob commented: have you tried water?"))]
    pub text: Option<String>,
    /// The HTML.
    #[schema(examples("<p>Bob commented: have you tried water?</p>"))]
    pub html: Option<String>,
    /// The author shown; `[relay] from` unless given. The envelope's sender is always the latter.
    #[schema(value_type = Option<MailboxShape>)]
    pub from: Option<String>,
    /// Where answers go.
    #[schema(value_type = Option<MailboxShape>)]
    pub reply_to: Option<String>,
    /// More headers. Those that other members stand for are refused.
    #[schema(required = false)]
    pub headers: BTreeMap<String, String>,
    /// The message's own id; one is made when it is not given.
    #[schema(examples("<note_42@forge.example.com>"))]
    pub message_id: Option<String>,
    /// The message that this one answers.
    #[schema(examples("<issue_7@forge.example.com>"))]
    pub in_reply_to: Option<String>,
    /// The thread.
    #[schema(required = false, examples("<issue_7@forge.example.com>"))]
    pub references: Vec<String>,
    /// After this it is of no use any more, and is not sent.
    #[schema(examples("2099-12-01T04:00:00Z"))]
    pub not_after: Option<Timestamp>,
    /// Anything of the application's own; it comes back in answers and stands in reports.
    #[schema(max_length = 1000, examples("note-42"))]
    pub reference: Option<String>,
    /// A key against doing it twice, the same as the header `Idempotency-Key`.
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
    /// A ready message (RFC 5322), in Base64, with its attachments; then the members from `subject` to `references` are refused. Who
    /// gets it is said by `to`, `cc` and `bcc` alone.
    #[schema(content_encoding = "base64", content_media_type = "message/rfc822")]
    pub raw: Option<String>,
}

/// A person: `Ann <ann@example.com>` or the bare address (RFC 5322 §3.4, one mailbox).
#[derive(ToSchema)]
#[schema(as = Mailbox, value_type = String, format = "mailbox", examples("Ann <ann@example.com>"))]
pub struct MailboxShape(pub String);

shape! {
    /// It is on disk: what was decided about it.
    pub struct AnswerShape = EnqueueAnswer {
        /// The notification's id.
        id: Id,
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
        id: Id,
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
        id: Id,
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
        id: Id,
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
