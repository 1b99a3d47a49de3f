//! Windows: the request that schedules maintenance.

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
