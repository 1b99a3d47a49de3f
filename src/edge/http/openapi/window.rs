//! Windows: the request that schedules maintenance, and the responses that show it.

use super::shape::shape;
use crate::domain::id::WindowId;
use crate::domain::mode::Version;
use crate::domain::window::{Outlook, Overrun, Shown as ScheduledWindow, Window as Plan, WindowState};
use jiff::Timestamp;
use utoipa::ToSchema;

/// A request to schedule maintenance. It needs either `ends_at` or `duration`. Unknown members are
/// refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    /// When the mode comes on: a time with its zone, as an offset, `Z`, or a name in brackets.
    pub starts_at: Moment,
    /// The planned end.
    pub ends_at: Option<Moment>,
    /// The planned duration: `2h`, `90m`, `1h 30m` or `PT2H`.
    #[schema(format = "length", examples("2h"))]
    pub duration: Option<String>,
    /// The message for banner and refusals; without it the mode's own message stays.
    #[schema(max_length = 255, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// Whether the gateway turns the mode off at the end; false by default.
    pub auto_off: Option<bool>,
}

/// A time with its zone (RFC 3339 or RFC 9557).
#[derive(ToSchema)]
#[schema(value_type = String, format = "moment", examples("2099-12-01T02:00[Europe/Berlin]"))]
pub struct Moment(pub String);

shape! {
    /// A window with its overrun.
    pub struct WindowShape = ScheduledWindow {
        /// The planned window.
        #[serde(flatten)]
        #[schema(value_type = PlanShape)]
        window: Plan,
        /// How many seconds the mode is, or was, on past the window's end; `null` if it is not.
        #[schema(required)]
        overrun_seconds: Option<i64>,
    }
}

shape! {
    /// A planned maintenance.
    pub struct PlanShape = Plan {
        /// The window's id.
        id: WindowId,
        /// When the mode comes on.
        starts_at: Timestamp,
        /// The planned end.
        ends_at: Timestamp,
        /// The message for banner and refusals; without it the mode's own message stays.
        #[schema(required, examples("Moving to new disks"))]
        message: Option<String>,
        /// Whether the gateway turns the mode off at the end.
        auto_off: bool,
        /// The window's state.
        state: WindowState,
        /// When it was scheduled.
        created_at: Timestamp,
        /// The author of the window.
        #[schema(examples("root"))]
        created_by: String,
        /// When the window opened.
        #[schema(required)]
        opened_at: Option<Timestamp>,
        /// The version of the mode that it opened under.
        #[schema(value_type = Option<i64>, required)]
        opened_version: Option<Version>,
        /// When the window ended.
        #[schema(required)]
        ended_at: Option<Timestamp>,
        /// The person or token that turned the mode off or cancelled the window.
        #[schema(required)]
        ended_by: Option<String>,
        /// The version of the mode that turned it off.
        #[schema(value_type = Option<i64>, required)]
        ended_version: Option<Version>,
        ;
        begun_at
    }
}

shape! {
    /// The schedule, and whether the open window is past its end.
    pub struct OutlookShape = Outlook {
        /// The open window.
        #[schema(required, value_type = Option<WindowShape>)]
        window: Option<ScheduledWindow>,
        /// The next window.
        #[schema(required, value_type = Option<WindowShape>)]
        next_window: Option<ScheduledWindow>,
        /// Set when the announced end has passed and the mode is still on.
        #[schema(required, value_type = Option<OverrunShape>)]
        overrun: Option<Overrun>,
    }
}

shape! {
    /// Maintenance past its announced end.
    pub struct OverrunShape = Overrun {
        /// The announced end.
        since: Timestamp,
        /// Seconds since that end.
        seconds: i64,
    }
}
