//! Whether a notification would go out now.

use crate::domain::notification::Class;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a notification of a kind would be sent now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deliverability {
    /// The kind's own name, or the undeclared name as given.
    #[schema(examples("reset_password_instructions"))]
    pub kind: String,
    /// The kind's class.
    pub class: Class,
    /// Whether it would be sent now.
    pub send: bool,
    /// Why not: `maintenance` or `mode_unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("maintenance"))]
    pub reason: Option<&'static str>,
    /// The administrator's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// The planned end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub until: Option<Timestamp>,
}
