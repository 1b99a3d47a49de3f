//! `/api/v4/maintenance/banner`: what an application behind Postern shows to its users. It needs no
//! token, because every user sees the banner anyway.
//!
//! `ETag` is the mode's version. Caches may keep the response but must revalidate it on each use: a
//! stale banner would make a refused write look like a fault. Scripts of any site may read it,
//! without credentials.

use crate::domain::mode::ModeView;
use crate::edge::http::Parts;
use crate::edge::http::openapi::param::IfNoneMatch;
use crate::edge::http::openapi::refusal::Away;
use crate::edge::http::precondition::{Condition, tag};
use crate::edge::http::problem::Problem;
use crate::shown::Mode;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Show the maintenance banner.
///
/// What an application behind Postern shows to its users. While the mode is off, message and end
/// are null. `ETag` is the version: you can poll often with `If-None-Match`.
#[utoipa::path(
    get, path = "/api/v4/maintenance/banner", operation_id = "show_maintenance_banner", tag = "maintenance",
    security(()),
    params(IfNoneMatch),
    responses(
        (status = 200, description = "The mode as people should see it.", body = Mode, headers(
            ("ETag" = String, description = "The mode's version, quoted."),
            ("Cache-Control" = String, description = "Always `no-cache`: keep it, and ask whether it still holds."),
            ("Access-Control-Allow-Origin" = String, description = "Always `*`: scripts of any site may read it, without credentials."),
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
    Ok((etag, kept, Json(Mode::from(mode.announced()))).into_response())
}

/// Lets scripts of any site read the response (Fetch, CORS protocol), and answers their preflight.
pub async fn readable_anywhere(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("If-None-Match"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}
