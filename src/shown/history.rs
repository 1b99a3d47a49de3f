//! A change of the mode, in the history and as an event.

use super::Mode;
use crate::domain::id::WindowId;
use crate::domain::mode::{HistoryEntry, How, Version};
use crate::domain::window::Window;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One change of the mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// The version that the change made.
    #[schema(value_type = i64)]
    pub version: Version,
    /// When the change was made.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub changed_at: Timestamp,
    /// The author of the change.
    pub changed_by: String,
    /// The way it was made.
    pub how: How,
    /// The mode before; `null` for the first entry.
    #[schema(required)]
    pub from: Option<Mode>,
    /// The mode after.
    pub to: Mode,
    /// When everything that was decided before this version had finished.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub drained_at: Option<Timestamp>,
    /// The windows that opened under this version.
    pub opened_windows: Vec<WindowId>,
    /// The windows that ended with it.
    pub ended_windows: Vec<WindowId>,
}

impl Change {
    /// A change and the windows that began or ended with it, among `windows`.
    #[must_use]
    pub fn new(entry: &HistoryEntry, windows: &[Window]) -> Self {
        let version = Some(entry.mode.version);
        let ids = |of: fn(&Window) -> Option<Version>| {
            windows.iter().filter(|window| of(window) == version).map(|window| window.id).collect()
        };
        Self {
            opened_windows: ids(|window| window.opened_version),
            ended_windows: ids(|window| window.ended_version),
            version: entry.mode.version,
            changed_at: entry.changed_at,
            changed_by: entry.changed_by.clone(),
            how: entry.how,
            from: entry.before.clone().map(Mode::from),
            to: entry.mode.clone().into(),
            drained_at: entry.drained_at,
        }
    }
}
