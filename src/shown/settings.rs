//! The mode as GitLab's settings have it.

use super::ScheduledWindow;
use crate::domain::mode::{self, State, Version};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Settings {
    /// Whether the mode is on.
    pub maintenance_mode: bool,
    /// The administrator's message; while the mode is off, the message for the next maintenance.
    #[schema(required, examples("Moving to new disks"))]
    pub maintenance_mode_message: Option<String>,
    /// The planned end; an announcement, not a timer.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub maintenance_mode_until: Option<Timestamp>,
    /// The version of all three; it grows by one at every change and never goes back.
    #[schema(value_type = i64, examples(7))]
    pub maintenance_mode_version: Version,
}

impl From<mode::Mode> for Settings {
    fn from(mode: mode::Mode) -> Self {
        let mode::Mode { state, version, message, since: _, until } = mode;
        Self {
            maintenance_mode: state == State::On,
            maintenance_mode_message: message,
            maintenance_mode_until: until,
            maintenance_mode_version: version,
        }
    }
}

/// The settings after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingsChanged {
    // No text of its own: the document has that of the thing that is flattened.
    #[serde(flatten)]
    pub(crate) settings: Settings,
    /// The open windows that ended with the change; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended_windows: Vec<ScheduledWindow>,
}
