//! Query parameters that several routes take.

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
    #[param(required = false, inline, default = "json", example = "csv")]
    pub format: crate::edge::http::listing::Format,
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
