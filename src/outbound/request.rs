//! The JSON request to enqueue a notification, and its answers.

use crate::domain::id::NotificationId;
use crate::domain::mode::Version;
use crate::domain::notification::DeliveryState;
use crate::store::error::StoreError;
use crate::store::notification::{Accepted, AcceptedDelivery};
use jiff::Timestamp;
use serde::Deserialize;

/// A request to enqueue one notification. Unknown members are refused, because a misspelled one
/// would be silently lost.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnqueueRequest {
    /// The kind's name or an alias.
    pub kind: String,
    /// `Ann <ann@example.com>` or the bare address.
    #[serde(default, deserialize_with = "super::bounded::list")]
    pub to: Vec<String>,
    /// Additional visible recipients.
    #[serde(default, deserialize_with = "super::bounded::list")]
    pub cc: Vec<String>,
    /// Additional hidden recipients.
    #[serde(default, deserialize_with = "super::bounded::list")]
    pub bcc: Vec<String>,
    /// The subject line.
    pub subject: Option<String>,
    /// The body as plain text.
    pub text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// The visible author; `[relay] from` by default.
    pub from: Option<String>,
    /// Where replies go.
    pub reply_to: Option<String>,
    /// Additional headers.
    #[serde(default, deserialize_with = "super::bounded::map")]
    pub headers: std::collections::BTreeMap<String, String>,
    /// The Message-ID of this message.
    pub message_id: Option<String>,
    /// The Message-ID of the message that this one answers.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of the thread.
    #[serde(default, deserialize_with = "super::bounded::list")]
    pub references: Vec<String>,
    /// When the message expires; it is not sent after this time.
    pub not_after: Option<Timestamp>,
    /// Any text of the application's, echoed in answers and reports.
    pub reference: Option<String>,
    /// The idempotency key; equivalent to the header of that name.
    pub idempotency_key: Option<String>,
    /// A ready message (RFC 5322) in Base64, instead of subject, text, html and headers.
    pub raw: Option<String>,
}

/// The answer to an accepted request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnqueueAnswer {
    /// The notification's id.
    pub id: NotificationId,
    /// `queued` or `suppressed`.
    pub state: DeliveryState,
    /// `maintenance` when the mode suppresses it, or makes it wait although it is queued.
    pub reason: Option<String>,
    /// The version of the mode under which it was judged.
    pub mode_version: Version,
    /// Warnings for the application.
    pub warnings: Vec<String>,
    /// The application's own reference, echoed.
    pub reference: Option<String>,
    /// One per recipient.
    pub deliveries: Vec<AcceptedDelivery>,
    /// Whether this repeats the answer to an earlier request with the same key.
    pub replayed: bool,
}

impl EnqueueAnswer {
    pub(super) fn new(accepted: Accepted, warnings: Vec<String>, reference: Option<String>, replayed: bool) -> Self {
        Self {
            id: accepted.id,
            state: accepted.state,
            reason: accepted.reason,
            mode_version: accepted.mode_version,
            warnings,
            reference,
            deliveries: accepted.deliveries,
            replayed,
        }
    }
}

/// Why a request was rejected; nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// 422: a member is wrong.
    Field {
        /// The member's name, or `body`.
        field: String,
        /// What is wrong and how to fix it.
        text: String,
    },
    /// 422: the key was used before with a different body.
    KeyReused,
    /// 503: the store cannot keep it now.
    Unavailable(StoreError),
}

impl Rejection {
    pub(super) fn field(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Field { field: field.into(), text: text.into() }
    }

    /// The error text for the application.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Field { field, text } => format!("{field}: {text}"),
            Self::KeyReused => {
                "idempotency_key: this key was used for another request within 7 days: use a new key for new content"
                    .into()
            }
            Self::Unavailable(error) => error.to_string(),
        }
    }
}
