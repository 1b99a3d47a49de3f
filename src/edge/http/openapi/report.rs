//! Rows of the reports and of the queue.

use super::shape::shape;
use crate::domain::id::{DeliveryId, ItemId, MailId, NotificationId, RecipientId};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::desk::{IncomingMail, QueueItem, QueueKind, Resend, SuppressedMail};
use jiff::Timestamp;

shape! {
    /// One delivery that the mode kept back.
    pub struct SuppressedShape = SuppressedMail {
        /// The delivery's id.
        id: DeliveryId,
        /// The notification's id, as answered when it was enqueued.
        notification_id: NotificationId,
        /// The kind.
        #[schema(examples("reset_password_instructions"))]
        kind: String,
        /// The kind in words.
        #[schema(examples("Password reset"))]
        title: String,
        /// The kind's class.
        class: Class,
        /// The recipient's address.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// The subject; always `null` for `write_dependent` kinds, whose subject may reveal too
        /// much.
        #[schema(required)]
        subject: Option<String>,
        /// The application's own reference from the enqueue request.
        #[schema(required, examples("user-42"))]
        reference: Option<String>,
        /// Why it was kept back; always `maintenance`.
        #[schema(examples("maintenance"))]
        reason: String,
        /// The version of the mode that kept it back.
        #[schema(value_type = i64, examples(7))]
        mode_version: Version,
        /// When it was enqueued.
        enqueued_at: Timestamp,
        /// When it was kept back.
        suppressed_at: Timestamp,
        /// What an operator can do about it.
        resend: Resend,
    }
}

shape! {
    /// One recipient of an incoming mail, and the verdict on it.
    pub struct IncomingShape = IncomingMail {
        /// The recipient's id, which the application receives in `X-Postern-Id`.
        id: RecipientId,
        /// The mail's id; its recipients share it.
        mail_id: MailId,
        /// When the client offered it.
        received_at: Timestamp,
        /// The address of the SMTP client.
        #[schema(examples("192.0.2.7"))]
        client: String,
        /// The reverse path; empty for bounces.
        #[schema(examples("ann@example.com"))]
        sender: String,
        /// The address with its key masked.
        #[schema(examples("incoming+group-project-20-…-issue@forge.example.com"))]
        recipient: String,
        /// What the address asks for.
        intent: Intent,
        /// The verdict.
        verdict: Verdict,
        /// The SMTP reply code.
        #[schema(examples("550 5.3.2"))]
        reply: String,
        /// The version of the mode at the decision.
        #[schema(value_type = i64, examples(7))]
        mode_version: Version,
        /// The recipient's current state.
        state: MailState,
        /// The message's size in bytes; `null` if the recipient was refused before the message
        /// arrived.
        #[schema(required)]
        size_bytes: Option<i64>,
        /// The message's own Message-ID.
        #[schema(required)]
        message_id: Option<String>,
        /// Why it was not accepted (`maintenance`), why it was discarded (`null_sender`,
        /// `auto_submitted`, `loop`, `hops` or `report`), or why the last hand-over failed.
        #[schema(required)]
        reason: Option<String>,
    }
}

shape! {
    /// A queue item that waits or failed, and why.
    pub struct QueueShape = QueueItem {
        /// The delivery's or recipient's id.
        id: ItemId,
        /// Which of the two the item is.
        #[schema(rename = "type")]
        queue: QueueKind,
        /// Its state: a `DeliveryState` or a `MailState`.
        #[schema(examples("queued"))]
        state: String,
        /// The kind of the notification, or the intent of the mail.
        #[schema(examples("new_note"))]
        what: String,
        /// The recipient; masked for incoming mail.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// When it entered the queue.
        queued_at: Timestamp,
        /// Number of attempts so far.
        #[schema(examples(2))]
        attempts: i64,
        /// When it is tried next.
        #[schema(required)]
        next_attempt_at: Option<Timestamp>,
        /// Why the last attempt failed, or why it waits: `maintenance` means until the mode is off.
        #[schema(required, examples("the relay cannot be reached (connection refused)"))]
        reason: Option<String>,
        ; class
    }
}
