//! Planned maintenance.

use super::Row;
use super::made_from::made_from;
use crate::domain::id::WindowId;
use crate::domain::mode::{State, Version};
use crate::domain::window::{self, WindowState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A window with its overrun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduledWindow {
    /// The planned window.
    #[serde(flatten)]
    pub window: Plan,
    /// How many seconds the mode is, or was, on past the window's end; `null` if it is not.
    #[schema(required)]
    pub overrun_seconds: Option<i64>,
}

made_from! { window::Shown => ScheduledWindow { window = window.into(), overrun_seconds } }

/// A planned maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Plan {
    /// The window's id.
    pub id: WindowId,
    /// When the mode comes on.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub starts_at: Timestamp,
    /// The planned end.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub ends_at: Timestamp,
    /// The message for banner and refusals; without it the mode's own message stays.
    #[schema(required, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// Whether the gateway turns the mode off at the end.
    pub auto_off: bool,
    /// The window's state.
    pub state: WindowState,
    /// When it was scheduled.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub created_at: Timestamp,
    /// The author of the window.
    #[schema(examples("root"))]
    pub created_by: String,
    /// When the window opened.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub opened_at: Option<Timestamp>,
    /// The version of the mode that it opened under.
    #[schema(value_type = Option<i64>, required)]
    pub opened_version: Option<Version>,
    /// When the window ended.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub ended_at: Option<Timestamp>,
    /// The person or token that turned the mode off or cancelled the window.
    #[schema(required)]
    pub ended_by: Option<String>,
    /// The version of the mode that turned it off.
    #[schema(value_type = Option<i64>, required)]
    pub ended_version: Option<Version>,
}

made_from! {
    window::Window => Plan {
        id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        ended_at, ended_by, ended_version; begun_at
    }
}

/// The schedule, and whether the open window is past its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outlook {
    /// The open window.
    #[schema(required)]
    pub window: Option<ScheduledWindow>,
    /// The next window.
    #[schema(required)]
    pub next_window: Option<ScheduledWindow>,
    /// Set when the announced end has passed and the mode is still on.
    #[schema(required)]
    pub overrun: Option<Overrun>,
}

made_from! {
    window::Outlook => Outlook {
        window = window.map(Into::into), next_window = next_window.map(Into::into), overrun =
        overrun.map(Into::into)
    }
}

/// Maintenance past its announced end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overrun {
    /// The announced end.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub since: Timestamp,
    /// Seconds since that end.
    pub seconds: i64,
}

made_from! { window::Overrun => Overrun { since, seconds } }

/// A cancelled window, and what the cancellation did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CancelledWindow {
    // No text of its own: the document has that of the thing that is flattened.
    #[serde(flatten)]
    pub(crate) window: ScheduledWindow,
    /// The mode, which stays as it is.
    pub mode: State,
    /// What is left to do, in words.
    pub warnings: Vec<&'static str>,
}

impl Row for ScheduledWindow {
    const SHEET: &'static [&'static str] = &[
        "id",
        "starts_at",
        "ends_at",
        "state",
        "auto_off",
        "message",
        "created_by",
        "created_at",
        "opened_at",
        "opened_version",
        "ended_at",
        "ended_by",
        "ended_version",
        "overrun_seconds",
    ];
    const TABLE: &'static [&'static str] = &[
        "id",
        "state",
        "starts_at",
        "ends_at",
        "auto_off",
        "message",
        "created_by",
        "overrun_seconds",
        "opened_at",
        "opened_version",
        "ended_at",
        "ended_by",
        "ended_version",
        "created_at",
    ];
}
