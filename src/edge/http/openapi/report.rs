//! Rows of the reports and of the queue.

use super::shape::shape;
use crate::domain::id::{DeliveryId, ItemId, MailId, NotificationId, RecipientId};
use crate::domain::mail::{Intent, MailState, Verdict};
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
        /// Its kind.
        #[schema(examples("reset_password_instructions"))]
        kind: String,
        /// The kind in words.
        #[schema(examples("Password reset"))]
        title: String,
        /// The kind's class.
        class: Class,
        /// To whom.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// The subject; always `null` for `write_dependent` ones, whose subject may tell too much.
        #[schema(required)]
        subject: Option<String>,
        /// The application's own words from when it was enqueued.
        #[schema(required, examples("user-42"))]
        reference: Option<String>,
        /// Why it was kept back; always `maintenance`.
        #[schema(examples("maintenance"))]
        reason: String,
        /// The version of the mode that kept it back.
        #[schema(examples(7))]
        mode_version: i64,
        /// When it was enqueued.
        enqueued_at: Timestamp,
        /// When it was kept back.
        suppressed_at: Timestamp,
        /// What can be done about it.
        resend: Resend,
    }
}

shape! {
    /// One recipient of an incoming mail, and what was decided.
    pub struct IncomingShape = IncomingMail {
        /// The recipient's id; the application got the same in `X-Postern-Id`.
        id: RecipientId,
        /// The mail's id; its recipients share it.
        mail_id: MailId,
        /// When it was offered.
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
        /// What was decided.
        verdict: Verdict,
        /// The SMTP code that was answered.
        #[schema(examples("550 5.3.2"))]
        reply: String,
        /// The version of the mode that decided.
        #[schema(examples(7))]
        mode_version: i64,
        /// Where it stands.
        state: MailState,
        /// The message's size; `null` when it was refused before the message came.
        #[schema(required)]
        size_bytes: Option<i64>,
        /// The message's own Message-ID.
        #[schema(required)]
        message_id: Option<String>,
        /// Why it was not taken (`maintenance`), why it was discarded (`null_sender`, `auto_submitted`, `loop`, `hops` or `report`),
        /// or why the last try to hand it over failed.
        #[schema(required)]
        reason: Option<String>,
    }
}

shape! {
    /// Something that waits or failed, and why.
    pub struct QueueShape = QueueItem {
        /// The delivery's or recipient's id.
        id: ItemId,
        /// Which of the two it is.
        #[schema(rename = "type")]
        queue: QueueKind,
        /// Its state: a `DeliveryState` or a `MailState`.
        #[schema(examples("queued"))]
        state: String,
        /// The kind of the notification, or the intent of the mail.
        #[schema(examples("new_note"))]
        what: String,
        /// To whom; masked for incoming mail.
        #[schema(examples("ann@example.com"))]
        recipient: String,
        /// When it came.
        queued_at: Timestamp,
        /// How often it was tried.
        #[schema(examples(2))]
        attempts: i64,
        /// When it is tried next.
        #[schema(required)]
        next_attempt_at: Option<Timestamp>,
        /// Why the last attempt failed, or why it waits: `maintenance` is until the mode is off.
        #[schema(required, examples("the relay cannot be reached (connection refused)"))]
        reason: Option<String>,
        ; class
    }
}
