//! Windows: what is asked for when maintenance is scheduled, and how it is shown.

use super::shape::shape;
use crate::domain::id::WindowId;
use crate::domain::window::{Outlook, Overrun, Shown as ScheduledWindow, Window as Plan, WindowState};
use jiff::Timestamp;
use utoipa::ToSchema;

/// Maintenance to be scheduled. It needs `ends_at` or `duration`, and not both. Members that are not known are refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    /// When the mode comes on: a time with its zone, as an offset, `Z`, or a name in brackets.
    pub starts_at: Moment,
    /// When it is planned to end.
    pub ends_at: Option<Moment>,
    /// How long it is planned to take: `2h`, `90m`, `1h 30m` or `PT2H`.
    #[schema(format = "length", examples("2h"))]
    pub duration: Option<String>,
    /// The words for banner and refusals; without them the mode's own stay.
    #[schema(max_length = 255, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// Does the mode go off by itself at the end? Not unless it is said.
    pub auto_off: Option<bool>,
}

/// A time with its zone (RFC 3339 or RFC 9557).
#[derive(ToSchema)]
#[schema(value_type = String, format = "moment", examples("2099-12-01T02:00[Europe/Berlin]"))]
pub struct Moment(pub String);

shape! {
    /// A window as it is shown.
    pub struct WindowShape = ScheduledWindow {
        /// What was planned.
        #[serde(flatten)]
        #[schema(value_type = PlanShape)]
        window: Plan,
        /// For how many seconds the mode is, or was, on beyond the window's end; `null` when it is not.
        #[schema(required)]
        overrun_seconds: Option<i64>,
    }
}

shape! {
    /// A planned maintenance.
    pub struct PlanShape = Plan {
        /// Its id.
        id: WindowId,
        /// When the mode comes on.
        starts_at: Timestamp,
        /// When it is planned to end.
        ends_at: Timestamp,
        /// The words for banner and refusals; without them the mode's own stay.
        #[schema(required, examples("Moving to new disks"))]
        message: Option<String>,
        /// Does the mode go off by itself at the end?
        auto_off: bool,
        /// Where it stands.
        state: WindowState,
        /// When it was scheduled.
        created_at: Timestamp,
        /// Who scheduled it.
        #[schema(examples("root"))]
        created_by: String,
        /// When it was opened.
        #[schema(required)]
        opened_at: Option<Timestamp>,
        /// The version of the mode that it was opened under.
        #[schema(required)]
        opened_version: Option<i64>,
        /// When it was over.
        #[schema(required)]
        ended_at: Option<Timestamp>,
        /// Who turned the mode off, or cancelled it.
        #[schema(required)]
        ended_by: Option<String>,
        /// The version of the mode that turned it off.
        #[schema(required)]
        ended_version: Option<i64>,
        ;
        begun_at
    }
}

shape! {
    /// What is planned, and whether what runs is late.
    pub struct OutlookShape = Outlook {
        /// The window that is open.
        #[schema(required, value_type = Option<WindowShape>)]
        window: Option<ScheduledWindow>,
        /// The one that opens next.
        #[schema(required, value_type = Option<WindowShape>)]
        next_window: Option<ScheduledWindow>,
        /// When the announced end has passed and the mode is still on.
        #[schema(required, value_type = Option<OverrunShape>)]
        overrun: Option<Overrun>,
    }
}

shape! {
    /// Maintenance beyond its announced end.
    pub struct OverrunShape = Overrun {
        /// The end that was announced.
        since: Timestamp,
        /// How many seconds ago that was.
        seconds: i64,
    }
}
