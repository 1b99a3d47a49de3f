//! `/api/v4/maintenance/history`: every change of the mode with its author, time, way, and the mode
//! before and after; newest first.

use crate::domain::mode::Version;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::cursor;
use crate::edge::http::openapi::param::PageParams;
use crate::edge::http::openapi::refusal::{Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown::Change;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Show the history of the mode.
///
/// Every change with its author, its way (`ui`, `api`, `console`, `schedule`) and the mode before
/// and after; newest first.
#[utoipa::path(
    get, path = "/api/v4/maintenance/history", operation_id = "list_maintenance_history", tag = "maintenance",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(PageParams, ("limit" = Option<i64>, Query, description = "Another name for `per_page`.", minimum = 1)),
    responses(
        (status = 200, description = "A page of changes.", body = Vec<Change>, headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288)."))),
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
pub async fn page(parts: &Parts, params: &Params) -> Result<(Vec<Change>, Option<String>), Problem> {
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
    let mut rows: Vec<Change> = older.map(|entry| Change::new(entry, &windows)).collect();
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
