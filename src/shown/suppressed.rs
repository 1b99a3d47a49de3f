//! A delivery that the mode kept back.

use super::Row;
use super::made_from::made_from;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::desk::{self, Resend};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One delivery that the mode kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuppressedMail {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The notification's id, as answered when it was enqueued.
    pub notification_id: NotificationId,
    /// The kind.
    #[schema(examples("reset_password_instructions"))]
    pub kind: String,
    /// The kind in words.
    #[schema(examples("Password reset"))]
    pub title: String,
    /// The kind's class.
    pub class: Class,
    /// The recipient's address.
    #[schema(examples("ann@example.com"))]
    pub recipient: String,
    /// The subject; always `null` for `write_dependent` kinds, whose subject may reveal too
    /// much.
    #[schema(required)]
    pub subject: Option<String>,
    /// The application's own reference from the enqueue request.
    #[schema(required, examples("user-42"))]
    pub reference: Option<String>,
    /// Why it was kept back; always `maintenance`.
    #[schema(examples("maintenance"))]
    pub reason: String,
    /// The version of the mode that kept it back.
    #[schema(value_type = i64, examples(7))]
    pub mode_version: Version,
    /// When it was enqueued.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub enqueued_at: Timestamp,
    /// When it was kept back.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub suppressed_at: Timestamp,
    /// What an operator can do about it.
    pub resend: Resend,
}

made_from! {
    desk::SuppressedMail => SuppressedMail {
        id, notification_id, kind, title, class, recipient, subject, reference, reason, mode_version,
        enqueued_at, suppressed_at, resend
    }
}

impl Row for SuppressedMail {
    const SHEET: &'static [&'static str] = &[
        "id",
        "notification_id",
        "kind",
        "title",
        "class",
        "recipient",
        "subject",
        "reference",
        "reason",
        "mode_version",
        "enqueued_at",
        "suppressed_at",
        "resend",
    ];
    const TABLE: &'static [&'static str] = &[
        "suppressed_at",
        "recipient",
        "kind",
        "resend",
        "subject",
        "id",
        "class",
        "reference",
        "reason",
        "mode_version",
        "notification_id",
        "title",
        "enqueued_at",
    ];
}
