//! `/api/v4/maintenance/banner`: what an application behind Postern shows its people. No token: everybody reads it anyway.
//!
//! `ETag` is the mode's version. Caches may keep the answer and ask every time whether it still holds: a banner that comes late
//! would call a refused write a fault.

use super::maintenance::ModeRow;
use crate::domain::mode::{Mode, ModeView, State as ModeState};
use crate::edge::http::Parts;
use crate::edge::http::openapi::param::IfNoneMatch;
use crate::edge::http::openapi::refusal::Away;
use crate::edge::http::precondition::{Condition, tag};
use crate::edge::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What an application behind Postern shows its people.
///
/// While the mode is off, message and end are null. `ETag` is the version: ask with `If-None-Match` as often as you like.
#[utoipa::path(
    get, path = "/api/v4/maintenance/banner", operation_id = "show_maintenance_banner", tag = "maintenance",
    security(()),
    params(IfNoneMatch),
    responses(
        (status = 200, description = "The mode as people should see it.", body = ModeRow, headers(
            ("ETag" = String, description = "The mode's version, quoted."),
            ("Cache-Control" = String, description = "Always `no-cache`: keep it, and ask whether it still holds."),
        )),
        (status = 304, description = "It still holds.", headers(
            ("ETag" = String, description = "The mode's version, quoted."),
        )),
        Away,
    ),
)]
pub async fn show(State(parts): State<Arc<Parts>>, headers: HeaderMap) -> Result<Response, Problem> {
    let ModeView::Known(mode) = parts.watch.look().await else { return Err(Problem::mode_unknown(&parts.watch)) };
    let etag = [(header::ETAG, tag(mode.version))];
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if Condition::read(&headers, header::IF_NONE_MATCH).holds(mode.version) {
        return Ok((StatusCode::NOT_MODIFIED, etag, kept).into_response());
    }
    Ok((etag, kept, Json(ModeRow::from(&shown(mode)))).into_response())
}

/// While the mode is off there is nothing to show: words kept for the next time are nobody's yet.
fn shown(mode: Mode) -> Mode {
    match mode.state {
        ModeState::On => mode,
        ModeState::Off => Mode { message: None, until: None, ..mode },
    }
}
