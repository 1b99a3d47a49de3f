//! Parameters: those of the query that several routes take, and headers.

use crate::edge::http::listing::Format;
use jiff::Timestamp;
use utoipa::IntoParams;

/// A page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Rows on a page; who asks for more than 100 gets 100 and a `Link` to the rest.
    #[param(required = false, minimum = 1, default = 20, example = 50)]
    pub per_page: i64,
    /// Where to go on; taken from the `Link` of the page before.
    #[param(required = false)]
    pub cursor: String,
}

/// A list as a whole instead of a page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParams {
    /// `csv` and `ndjson` answer the whole list, however long, as a download; `Accept` says the same.
    #[param(required = false, inline)]
    pub format: Format,
}

/// A stretch of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeParams {
    /// Only what happened then or later.
    #[param(required = false, example = "2026-12-01T00:00:00Z")]
    pub since: Timestamp,
    /// Only what happened before.
    #[param(required = false, example = "2026-12-02T00:00:00Z")]
    pub until: Timestamp,
}

/// A condition on what was seen.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// The version that was seen, as in its `ETag` (`"7"`): nothing is changed when it is another one now.
    #[param(rename = "If-Match", required = false)]
    pub if_match: String,
}

/// A condition on what was kept.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatch {
    /// The `ETag` of an answer that was kept (`"7"`): 304 when it still holds.
    #[param(rename = "If-None-Match", required = false)]
    pub if_none_match: String,
}

/// A key against doing it twice.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// The same as the member `idempotency_key`; only for one notification.
    #[param(rename = "Idempotency-Key", required = false, min_length = 1, max_length = 255)]
    pub idempotency_key: String,
}

/// Where a client goes on that followed before.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct LastEventId {
    /// The version of the last event that the client has; browsers send it by themselves.
    #[param(rename = "Last-Event-ID", required = false)]
    pub last_event_id: String,
}
