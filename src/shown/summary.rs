//! How many there are, of what the mode kept back and of incoming mail.

use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{self, Version};
use crate::domain::notification::Class;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The number of notifications that the mode kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuppressedSummary {
    /// The number of all rows.
    pub total: i64,
    /// Whether all rows were counted. For one recipient only the newest 10,000 are.
    pub complete: bool,
    /// Largest count first.
    pub by_kind: Vec<KindCount>,
    /// Largest count first.
    pub by_class: Vec<ClassCount>,
    /// Newest first.
    pub by_mode_version: Vec<VersionCount>,
    /// By the hour of suppression, oldest first.
    pub by_hour: Vec<HourCount>,
}

/// The number of recipients of incoming mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncomingSummary {
    /// The number of all rows.
    pub total: i64,
    /// Whether all rows were counted. For one recipient only the newest 10,000 are.
    pub complete: bool,
    /// Largest count first.
    pub by_intent: Vec<IntentCount>,
    /// Largest count first.
    pub by_verdict: Vec<VerdictCount>,
    /// Largest count first.
    pub by_state: Vec<StateCount>,
    /// Newest first.
    pub by_mode_version: Vec<VersionCount>,
    /// By the hour of receipt, oldest first.
    pub by_hour: Vec<HourCount>,
}

/// The number of rows of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindCount {
    /// The kind's name.
    pub kind: String,
    /// The kind's title; its name if it is not declared.
    pub title: String,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClassCount {
    /// The class.
    pub class: Class,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows with an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntentCount {
    /// The intent.
    pub intent: Intent,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows with a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Verdict,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StateCount {
    /// The state.
    pub state: MailState,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows decided under a mode version, and the change that made the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionCount {
    /// The version.
    #[schema(value_type = i64)]
    pub mode_version: Version,
    /// The mode under this version; `null` if the change is not on record.
    #[schema(required)]
    pub state: Option<mode::State>,
    /// The message of the mode.
    #[schema(required)]
    pub message: Option<String>,
    /// When the change was made.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub changed_at: Option<Timestamp>,
    /// The number of rows.
    pub count: i64,
}

/// The number of rows in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HourCount {
    /// When the hour begins.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub hour: Timestamp,
    /// The number of rows.
    pub count: i64,
}
