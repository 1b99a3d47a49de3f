//! What an application asks for when it enqueues, as JSON, and the answers it gets.

use crate::domain::id::NotificationId;
use crate::domain::notification::DeliveryState;
use crate::store::error::StoreError;
use crate::store::notification::{Accepted, AcceptedDelivery};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A request to enqueue one notification. Unknown members are refused: a misspelled one would be silently lost.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnqueueRequest {
    /// The kind's name or an alias.
    pub kind: String,
    /// `Ann <ann@example.com>` or the bare address.
    #[serde(default)]
    pub to: Vec<String>,
    /// More recipients, shown.
    #[serde(default)]
    pub cc: Vec<String>,
    /// More recipients, not shown.
    #[serde(default)]
    pub bcc: Vec<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// The author shown; `[relay] from` by default.
    pub from: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// More headers.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
    /// The message's own id.
    pub message_id: Option<String>,
    /// The message this one answers.
    pub in_reply_to: Option<String>,
    /// The thread.
    #[serde(default)]
    pub references: Vec<String>,
    /// After this it is of no use any more.
    pub not_after: Option<Timestamp>,
    /// Anything of the application's, echoed in answers and reports.
    pub reference: Option<String>,
    /// The key against doing it twice; the header of the same name says the same.
    pub idempotency_key: Option<String>,
    /// A ready message (RFC 5322) in Base64, instead of subject, text, html, and headers.
    pub raw: Option<String>,
}

/// The answer to an accepted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnqueueAnswer {
    /// The notification's id.
    pub id: NotificationId,
    /// `queued` or `suppressed`.
    pub state: DeliveryState,
    /// `maintenance`: why it is suppressed, or why it waits although it is queued.
    pub reason: Option<String>,
    /// The version it was judged under.
    pub mode_version: i64,
    /// What the application should look at.
    pub warnings: Vec<String>,
    /// The application's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// One per recipient.
    pub deliveries: Vec<AcceptedDelivery>,
    /// The answer is that of an earlier request with the same key.
    #[serde(skip)]
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

/// Why a request was not accepted; nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// 422: this member is wrong, and why.
    Field {
        /// The member's name, or `body`.
        field: String,
        /// What is wrong and what to do.
        text: String,
    },
    /// 422: the key came before with other bytes.
    KeyReused,
    /// 503: the store cannot keep it now.
    Unavailable(StoreError),
}

impl Rejection {
    pub(super) fn field(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Field { field: field.into(), text: text.into() }
    }

    /// The sentence for the application.
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
