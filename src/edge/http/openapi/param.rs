//! Query parameters that several routes take, and headers.

use crate::edge::http::listing::Format;
use jiff::Timestamp;
use utoipa::IntoParams;

/// A page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Rows per page; a request for more than 100 gets 100 and a `Link` to the rest.
    #[param(required = false, minimum = 1, default = 20, example = 50)]
    pub per_page: i64,
    /// The position to continue at, from the `Link` of the previous page.
    #[param(required = false)]
    pub cursor: String,
}

/// A full export of a list instead of a page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParams {
    /// `csv` and `ndjson` return the full list, of any length, as a download; `Accept` has the same
    /// effect.
    #[param(required = false, inline)]
    pub format: Format,
}

/// A time range.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeParams {
    /// Only what happened at this time or later.
    #[param(required = false, example = "2026-12-01T00:00:00Z")]
    pub since: Timestamp,
    /// Only what happened before this time.
    #[param(required = false, example = "2026-12-02T00:00:00Z")]
    pub until: Timestamp,
}

/// A condition on the version that the client has seen.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// The version that the client has seen, as in its `ETag` (`"7"`). If the current version
    /// differs, nothing is changed.
    #[param(rename = "If-Match", required = false)]
    pub if_match: String,
}

/// A condition on the response that the client has cached.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatch {
    /// The `ETag` of a cached response (`"7"`): 304 if it is still current.
    #[param(rename = "If-None-Match", required = false)]
    pub if_none_match: String,
}

/// A key that makes a repeated request safe.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// The same as the member `idempotency_key`; only for one notification.
    #[param(rename = "Idempotency-Key", required = false, min_length = 1, max_length = 255)]
    pub idempotency_key: String,
}

/// The position at which a reconnecting client continues.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct LastEventId {
    /// The version of the last event that the client has; browsers send it automatically.
    #[param(rename = "Last-Event-ID", required = false)]
    pub last_event_id: String,
}
