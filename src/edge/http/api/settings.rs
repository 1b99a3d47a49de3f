//! `/api/v4/application/settings`: turns the mode on and off with GitLab's own route and
//! parameters.
//!
//! Parameters come by query, form or JSON, also mixed. One that is given twice with different
//! values is 422, because it is not clear which counts. Unknown parameters are ignored; a request
//! without a known one is 400. An empty message or end clears it.

mod given;

use crate::domain::mode::{How, Mode, ModeView, Version};
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller};
use crate::edge::http::openapi::param::IfMatch;
use crate::edge::http::openapi::refusal::{self, Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::precondition::{Condition, tag};
use crate::edge::http::problem::Problem;
use crate::shown;
use crate::store::mode::{Author, Changed};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use given::Given;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const MODE: &str = "maintenance_mode";
const MESSAGE: &str = "maintenance_mode_message";
const UNTIL: &str = "maintenance_mode_until";

/// The change, as parameters of the query.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SettingsParams {
    /// Turns the mode on or off.
    #[param(required = false, example = true)]
    pub maintenance_mode: bool,
    /// The message for users; an empty one clears it. If it is set while the mode is off, it
    /// applies to the next maintenance; turning the mode off clears it.
    #[param(required = false, max_length = 255, example = "Moving to new disks")]
    pub maintenance_mode_message: String,
    /// The planned end, in the future. An empty value clears it.
    #[param(required = false, example = "2099-12-01T04:00:00Z")]
    pub maintenance_mode_until: Timestamp,
}

/// The change, as a form or as JSON. Omitted members stay as they are; at least one is needed, here
/// or in the query.
#[derive(ToSchema)]
#[schema(as = SettingsChange)]
pub struct SettingsChange {
    /// Turns the mode on or off.
    #[schema(nullable = false)]
    pub maintenance_mode: Option<bool>,
    /// The message for users; an empty one or `null` clears it.
    #[schema(max_length = 255, examples("Moving to new disks"))]
    pub maintenance_mode_message: Option<String>,
    /// The planned end, in the future. An empty value or `null` clears it.
    #[schema(examples("2099-12-01T04:00:00Z"))]
    pub maintenance_mode_until: Option<Timestamp>,
}

/// The settings have changed meanwhile: a problem, and the current settings.
#[derive(ToSchema)]
#[schema(as = Moved)]
pub struct Moved {
    /// The problem's own members.
    #[serde(flatten)]
    pub problem: refusal::Shape,
    /// The current settings.
    #[serde(flatten)]
    pub settings: shown::Settings,
}

/// Show the settings.
///
/// The mode in the form of GitLab's settings route, with its version.
#[utoipa::path(
    get, path = "/api/v4/application/settings", operation_id = "show_settings", tag = "maintenance",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    responses(
        (status = 200, description = "The settings.", body = shown::Settings, headers(
            ("ETag" = String, description = "The version, in quotes; for `If-Match`."),
        )),
        Unidentified, TooNarrow, Away,
    ),
)]
pub async fn show(State(parts): State<Arc<Parts>>, _: Caller<Api>) -> Result<Response, Problem> {
    match parts.watch.look().await {
        ModeView::Known(mode) => Ok(answer(mode)),
        ModeView::Unknown => Err(Problem::mode_unknown(&parts.watch)),
    }
}

/// Turn the mode on or off.
///
/// The same parameters as GitLab's own route, by query, form or JSON. When it answers, the change
/// is committed: nothing that was decided under the old mode can appear any more, and queued
/// notifications that the new mode blocks are suppressed. A request for the current state changes
/// nothing and makes no new version. Turning the mode off, or on again, clears the planned end.
///
/// With `If-Match` it changes only the version that the client has seen: after another change it is
/// 412, with the current settings.
///
/// This works while the mode is on.
#[utoipa::path(
    put, path = "/api/v4/application/settings", operation_id = "change_settings", tag = "maintenance",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(SettingsParams, IfMatch),
    request_body(content(
        (ref("#/components/schemas/SettingsChange") = "application/json", examples(
            ("on" = (summary = "On, with a message and a planned end", value = json!({
                "maintenance_mode": true, "maintenance_mode_message": "Moving to new disks",
                "maintenance_mode_until": "2099-12-01T04:00:00Z",
            }))),
            ("off" = (summary = "Off", value = json!({"maintenance_mode": false}))),
        )),
        (ref("#/components/schemas/SettingsChange") = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "The settings now.", body = shown::SettingsChanged, headers(
            ("ETag" = String, description = "The version, in quotes; for `If-Match`."),
        )),
        (
            status = 400, description = "None of the parameters is given.", body = refusal::Shape,
            content_type = "application/problem+json",
        ),
        (
            status = 412, description = "The settings are at another version than the one in `If-Match`: they are in the problem.",
            body = Moved, content_type = "application/problem+json", headers(
                ("ETag" = String, description = "The version, in quotes; for `If-Match`."),
            ),
        ),
        (status = 413, description = "More than 64 KiB.", body = refusal::Shape, content_type = "application/problem+json"),
        (status = 415, description = "Neither a form nor JSON.", body = refusal::Shape, content_type = "application/problem+json"),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn change(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut given = Given::default();
    for (name, value) in params.pairs {
        given.add(&name, Value::String(value))?;
    }
    given.read_body(&parts.room, &headers, body).await?;
    let change = given.change()?;
    let expected = expected(&parts, &headers).await?;
    let author = Author { name: caller.token.name, how: How::Api };
    match parts.switch.set(change, expected, author).await? {
        Changed::Moved(mode) => Err(moved(mode)),
        Changed::Same(mode) => Ok(answer(mode)),
        Changed::Done { mode, ended_windows, .. } => {
            // The change may have released work; work that it blocks is already out of the workers'
            // reach.
            parts.wake_deliveries.notify_one();
            parts.wake_hand_overs.notify_one();
            let now = parts.clock.now();
            let ended_windows = ended_windows.iter().map(|window| window.shown(now).into()).collect();
            let etag = [(header::ETAG, tag(mode.version))];
            let changed = shown::SettingsChanged { settings: mode.into(), ended_windows };
            Ok((etag, Json(changed)).into_response())
        }
    }
}

fn answer(mode: Mode) -> Response {
    ([(header::ETAG, tag(mode.version))], Json(shown::Settings::from(mode))).into_response()
}

fn moved(mode: Mode) -> Problem {
    let detail = format!(
        "The settings are at version {} and not at the one in If-Match: look at them again before changing them.",
        mode.version
    );
    let etag = tag(mode.version);
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .members_of(&shown::Settings::from(mode))
        .header(header::ETAG, etag)
}

/// The version that the change must be based on. The store compares it again inside its
/// transaction.
async fn expected(parts: &Parts, headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let condition = Condition::read(headers, header::IF_MATCH);
    match &condition {
        Condition::Absent | Condition::Any => Ok(None),
        Condition::OneOf(versions) if versions.len() == 1 => Ok(versions.first().copied()),
        Condition::OneOf(_) => {
            let version = parts.store.mode().await?.version;
            // No mode has the version `NONE`, so the store answers that it moved, once the change itself is found right.
            Ok(Some(if condition.holds(version) { version } else { Version::NONE }))
        }
    }
}
