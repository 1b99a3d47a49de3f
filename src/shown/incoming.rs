//! A recipient of an incoming mail.

use super::Row;
use super::made_from::made_from;
use crate::domain::id::{MailId, RecipientId};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::store::desk;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One recipient of an incoming mail, and the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncomingMail {
    /// The recipient's id, which the application receives in `X-Postern-Id`.
    pub id: RecipientId,
    /// The mail's id; its recipients share it.
    pub mail_id: MailId,
    /// When the client offered it.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub received_at: Timestamp,
    /// The address of the SMTP client.
    #[schema(examples("192.0.2.7"))]
    pub client: String,
    /// The reverse path; empty for bounces.
    #[schema(examples("ann@example.com"))]
    pub sender: String,
    /// The address with its key masked.
    #[schema(examples("incoming+group-project-20-…-issue@forge.example.com"))]
    pub recipient: String,
    /// What the address asks for.
    pub intent: Intent,
    /// The verdict.
    pub verdict: Verdict,
    /// The SMTP reply code.
    #[schema(examples("550 5.3.2"))]
    pub reply: String,
    /// The version of the mode at the decision.
    #[schema(value_type = i64, examples(7))]
    pub mode_version: Version,
    /// The recipient's current state.
    pub state: MailState,
    /// The message's size in bytes; `null` if the recipient was refused before the message
    /// arrived.
    #[schema(required)]
    pub size_bytes: Option<i64>,
    /// The message's own Message-ID.
    #[schema(required)]
    pub message_id: Option<String>,
    /// Why it was not accepted (`maintenance`), why it was discarded (`null_sender`,
    /// `auto_submitted`, `loop`, `hops` or `report`), or why the last hand-over failed.
    #[schema(required)]
    pub reason: Option<String>,
}

made_from! {
    desk::IncomingMail => IncomingMail {
        id, mail_id, received_at, client, sender, recipient, intent, verdict, reply, mode_version, state,
        size_bytes, message_id, reason
    }
}

impl Row for IncomingMail {
    const SHEET: &'static [&'static str] = &[
        "id",
        "mail_id",
        "received_at",
        "client",
        "sender",
        "recipient",
        "intent",
        "verdict",
        "reply",
        "mode_version",
        "state",
        "size_bytes",
        "message_id",
        "reason",
    ];
    const TABLE: &'static [&'static str] = &[
        "received_at",
        "verdict",
        "sender",
        "recipient",
        "intent",
        "state",
        "reason",
        "id",
        "reply",
        "client",
        "size_bytes",
        "mode_version",
        "mail_id",
        "message_id",
    ];
}
