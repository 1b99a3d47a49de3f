//! `/api/v4/maintenance/windows`: scheduled maintenance.
//!
//! A body is JSON or a form. Times carry their zone: an offset, `Z`, or a name in brackets. An
//! unknown member is 422, because a misread schedule is worse than none. All routes work while the
//! mode is on.

use crate::domain::id::{Id, WindowId};
use crate::domain::mode::{Mode, State as ModeState};
use crate::domain::window::{Outlook, Window, WindowState};
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller, ReadApi};
use crate::edge::http::body;
use crate::edge::http::listing;
use crate::edge::http::openapi::param::{FormatParams, PageParams};
use crate::edge::http::openapi::refusal::{
    self, Away, Blocked, Inapplicable, Missing, TooNarrow, Unidentified, Unprocessable, Unreadable,
};
use crate::edge::http::openapi::window::WindowRequest;
use crate::edge::http::param::{Params, restored};
use crate::edge::http::problem::Problem;
use crate::edge::http::room::Room;
use crate::flag::plan::{End, PlanError, Planner, Wish};
use crate::shown::{CancelledWindow, ScheduledWindow};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::form_urlencoded;

/// Longest body in bytes: five short members.
const MAX_BYTES: usize = 64 * 1024;

/// List scheduled maintenance.
///
/// Planned, open and past windows; the latest start comes first.
#[utoipa::path(
    get, path = "/api/v4/maintenance/windows", operation_id = "list_windows", tag = "maintenance",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(("state" = inline(Option<WindowState>), Query, description = "Only those that stand there."), PageParams, FormatParams),
    responses(
        (status = 200, description = "A page, or the whole list.", headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288).")), content(
            (Vec<ScheduledWindow> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson"),
        ), links(
            ("show" = (operation_id = "show_window", parameters(("id" = "$response.body#/0/id")))),
        )),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn list(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let state = params.word("state", WindowState::ALL)?;
    let (store, now) = (Arc::clone(&parts.store), parts.clock.now());
    let fetch = move |page| {
        let store = Arc::clone(&store);
        async move { store.windows(state, page).await }
    };
    let show = move |window: Window| ScheduledWindow::from(window.shown(now));
    listing::answer(&parts, &params, &headers, "windows", fetch, show).await
}

/// Show a window.
#[utoipa::path(
    get, path = "/api/v4/maintenance/windows/{id}", operation_id = "show_window", tag = "maintenance",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(("id" = WindowId, Path, description = "Its id.")),
    responses((status = 200, description = "It.", body = ScheduledWindow), Unreadable, Unidentified, TooNarrow, Missing, Away),
)]
pub async fn show(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    Path(id): Path<String>,
) -> Result<Json<ScheduledWindow>, Problem> {
    let id = Id::parse(&id).ok_or_else(missing)?;
    let window = parts.store.window(id).await?.ok_or_else(missing)?;
    Ok(Json(window.shown(parts.clock.now()).into()))
}

/// Schedule maintenance.
///
/// The gateway turns the mode on when the window begins. With `auto_off` it also turns the mode off
/// at the end; without, an administrator must. Windows do not overlap. This works while the mode is
/// on.
#[utoipa::path(
    post, path = "/api/v4/maintenance/windows", operation_id = "schedule_window", tag = "maintenance",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    request_body(content(
        (WindowRequest = "application/json", examples(
            ("night" = (summary = "Two hours at night, on and off by itself", value = json!({
                "starts_at": "2099-12-01T02:00[Europe/Berlin]", "duration": "2h", "message": "Moving to new disks", "auto_off": true,
            }))),
            ("end" = (summary = "To a fixed end, turned off by hand", value = json!({
                "starts_at": "2098-12-01T02:00Z", "ends_at": "2098-12-01T04:00Z",
            }))),
        )),
        (WindowRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "It is scheduled.", body = ScheduledWindow,
            headers(("Location" = String, description = "Where it can be looked at.")),
            links(
                ("show" = (operation_id = "show_window", parameters(("id" = "$response.body#/id")))),
                ("cancel" = (operation_id = "cancel_window", parameters(("id" = "$response.body#/id")))),
            ),
        ),
        (
            status = 409, description = "It overlaps with another (`overlaps` is its id), or too many are planned.",
            body = refusal::Shape, content_type = "application/problem+json",
        ),
        (status = 413, description = "More than 64 KiB.", body = refusal::Shape, content_type = "application/problem+json"),
        (status = 415, description = "Neither a form nor JSON.", body = refusal::Shape, content_type = "application/problem+json"),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn schedule(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wish = wish(members(&parts.room, &headers, body).await?)?;
    let window = planner(&parts).schedule(wish, caller.token.name).await?;
    let place = HeaderValue::try_from(format!("/api/v4/maintenance/windows/{}", window.id));
    let place = place.map(|place| [(header::LOCATION, place)]).ok();
    Ok((StatusCode::CREATED, place, Json(ScheduledWindow::from(window.shown(parts.clock.now())))).into_response())
}

/// Cancel a window.
///
/// A future window, or the open one; the mode stays as it is. This works while the mode is on.
#[utoipa::path(
    delete, path = "/api/v4/maintenance/windows/{id}", operation_id = "cancel_window", tag = "maintenance",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(("id" = WindowId, Path, description = "Its id.")),
    responses(
        (status = 200, description = "It is cancelled.", body = CancelledWindow),
        Unreadable, Unidentified, Blocked, Missing, Inapplicable, Away,
    ),
)]
pub async fn cancel(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = Id::parse(&id).ok_or_else(missing)?;
    let (window, mode) = planner(&parts).cancel(id, caller.token.name).await?;
    let stays = "The window was open, and the mode stays on: turn it off when the work is done.";
    let warnings = if window.opened_at.is_some() && mode.state == ModeState::On { vec![stays] } else { Vec::new() };
    let window = window.shown(parts.clock.now()).into();
    let cancelled = CancelledWindow { window, mode: mode.state, warnings };
    Ok(Json(cancelled).into_response())
}

fn planner(parts: &Parts) -> Planner {
    Planner::new(Arc::clone(&parts.store), Arc::clone(&parts.clock))
}

fn missing() -> Problem {
    Problem::missing("window")
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let conflict = |text: String| Self::new(StatusCode::CONFLICT, text);
        match error {
            PlanError::Start(_) | PlanError::StartPast(_) => Self::field("starts_at", error),
            PlanError::End(crate::flag::moment::MomentError::NoLength(_)) => Self::field("duration", error),
            PlanError::End(_) | PlanError::EndNotAfterStart { .. } => Self::field("ends_at", error),
            PlanError::Message(_) => Self::field("message", error),
            PlanError::Overlaps(ref other) => conflict(error.to_string()).member("overlaps", other.id.to_string()),
            PlanError::Over(_, state) => conflict(error.to_string()).member("state", state.as_str()),
            PlanError::TooMany => conflict(error.to_string()),
            PlanError::Missing(_) => missing(),
            PlanError::Store(error) => error.into(),
        }
    }
}

/// The schedule under `mode`, and whether the open window is past its end.
pub async fn outlook(parts: &Parts, mode: &Mode) -> Result<Outlook, Problem> {
    Ok(Outlook::new(mode, &parts.store.standing_windows().await?, parts.clock.now()))
}

/// The members of a request body.
async fn members(room: &Room, headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Problem> {
    let bytes = body::whole(room, headers, body, MAX_BYTES).await?;
    match body::media_type(headers).as_str() {
        "application/json" => serde_json::from_slice(&bytes)
            .map_err(|error| Problem::field("body", format!("is no JSON object ({error})"))),
        "application/x-www-form-urlencoded" => {
            let pairs = form_urlencoded::parse(&bytes);
            Ok(pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect())
        }
        _ => Err(body::unsupported("application/json or application/x-www-form-urlencoded")),
    }
}

fn wish(mut members: Map<String, Value>) -> Result<Wish, Problem> {
    let mut text = |name: &str| match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Some(_) => Err(Problem::field(name, "is no text")),
    };
    let starts = text("starts_at")?
        .map(|starts| restored(&starts))
        .ok_or_else(|| Problem::field("starts_at", "is missing: say when it starts"))?;
    let ends = match (text("ends_at")?, text("duration")?) {
        (Some(ends), None) => End::At(restored(&ends)),
        (None, Some(length)) => End::After(length),
        (None, None) => return Err(Problem::field("ends_at", "is missing: give it, or a duration such as 2h")),
        (Some(_), Some(_)) => return Err(Problem::field("duration", "is given beside ends_at: give one of the two")),
    };
    let message = text("message")?;
    let auto_off = read_auto_off(members.remove("auto_off").unwrap_or(Value::Null))?;
    match members.keys().next() {
        None => Ok(Wish { starts, ends, zone: None, message, auto_off }),
        Some(other) => Err(Problem::field(
            other,
            "is not known here: the members are starts_at, ends_at or duration, message, auto_off",
        )),
    }
}

fn read_auto_off(value: Value) -> Result<bool, Problem> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(answer) => Ok(answer),
        Value::String(text) if matches!(text.as_str(), "true" | "1") => Ok(true),
        Value::String(text) if matches!(text.as_str(), "false" | "0" | "") => Ok(false),
        _ => Err(Problem::field("auto_off", "is none of: true, false")),
    }
}
