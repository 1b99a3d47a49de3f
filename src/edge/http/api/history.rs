//! `/api/v4/maintenance/history`: every change of the mode with its author, time, way, and the mode
//! before and after; newest first.

use super::maintenance::ModeRow;
use crate::domain::id::WindowId;
use crate::domain::mode::{HistoryEntry, How, Version};
use crate::domain::window::Window;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::cursor;
use crate::edge::http::openapi::param::PageParams;
use crate::edge::http::openapi::refusal::{Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;

/// One change of the mode.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Change)]
pub struct HistoryRow {
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
    pub from: Option<ModeRow>,
    /// The mode after.
    pub to: ModeRow,
    /// When everything that was decided before this version had finished.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub drained_at: Option<Timestamp>,
    /// The windows that opened under this version.
    pub opened_windows: Vec<WindowId>,
    /// The windows that ended with it.
    pub ended_windows: Vec<WindowId>,
}

impl HistoryRow {
    /// A change, with the windows among `windows` that began or ended with it.
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
            from: entry.before.as_ref().map(ModeRow::from),
            to: ModeRow::from(&entry.mode),
            drained_at: entry.drained_at,
        }
    }
}

/// Show the history of the mode.
///
/// Every change with its author, its way (`ui`, `api`, `console`, `schedule`) and the mode before
/// and after; newest first.
#[utoipa::path(
    get, path = "/api/v4/maintenance/history", operation_id = "list_maintenance_history", tag = "maintenance",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(PageParams, ("limit" = Option<i64>, Query, description = "Another name for `per_page`.", minimum = 1)),
    responses(
        (status = 200, description = "A page of changes.", body = Vec<HistoryRow>, headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288)."))),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn list(State(parts): State<Arc<Parts>>, _: Caller<ReadApi>, params: Params) -> Result<Response, Problem> {
    let (rows, next) = page(&parts, &params).await?;
    let link = next.and_then(|after| cursor::link(&parts.settings.external_url, &params, &after));
    Ok((link.map(|link| [(header::LINK, link)]), Json(rows)).into_response())
}

/// One page of the history, and the cursor of the next page.
///
/// # Errors
/// 422 for malformed parameters, 503 when the store is unavailable.
pub async fn page(parts: &Parts, params: &Params) -> Result<(Vec<HistoryRow>, Option<String>), Problem> {
    let shown = match params.count("limit")? {
        Some(limit) => limit.min(cursor::MAX_PER_PAGE),
        None => cursor::per_page(params)?,
    };
    let below = params.text("cursor")?.map(|cursor| read(cursor).ok_or_else(cursor::unreadable)).transpose()?;
    let newer = match below {
        None => 0,
        // Each change raises the version by at least one, which bounds the number of changes since
        // the cursor's.
        Some(below) => parts.store.mode().await?.version.0.saturating_sub(below.0).saturating_add(1).max(0),
    };
    let entries = parts.store.history(newer.saturating_add(shown).saturating_add(1)).await?;
    let older = entries.iter().filter(|entry| below.is_none_or(|below| entry.mode.version < below));
    let oldest = entries.last().map_or(Version::MAX, |entry| entry.mode.version);
    let windows = parts.store.windows_of_versions(oldest, below.unwrap_or(Version::MAX)).await?;
    let mut rows: Vec<HistoryRow> = older.map(|entry| HistoryRow::new(entry, &windows)).collect();
    let shown = usize::try_from(shown).unwrap_or(0);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| more).map(|last| cursor::seal(&last.version.to_string()));
    Ok((rows, next))
}

/// The version in a cursor.
fn read(cursor: &str) -> Option<Version> {
    cursor::unseal(cursor)?.parse().ok().map(Version).filter(|version| *version > Version::NONE)
}
