//! `/api/v4/background_jobs`: lists the background jobs with their last run, and pauses them. It
//! works while the mode is on.

use crate::domain::job::Job;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller, ReadApi};
use crate::edge::http::body;
use crate::edge::http::openapi::refusal::{self, Away, Blocked, Missing, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown::BackgroundJob;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use url::form_urlencoded;

/// The name of the only parameter.
const PAUSED: &str = "paused";
/// Longest request body in bytes.
const MAX_BYTES: usize = 4096;

/// The change, as a form or as JSON; the query may carry it instead.
#[derive(utoipa::ToSchema)]
pub struct JobChange {
    /// `true` pauses the job, `false` resumes it.
    #[schema(nullable = false)]
    pub paused: Option<bool>,
}

/// List the background jobs.
///
/// Every job with its last run and result, its next run, and whether it is paused.
#[utoipa::path(
    get, path = "/api/v4/background_jobs", operation_id = "list_background_jobs", tag = "background jobs",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    responses((status = 200, description = "All of them.", body = Vec<BackgroundJob>), Unidentified, TooNarrow, Unprocessable, Away),
)]
pub async fn list(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    _: Params,
) -> Result<Json<Vec<BackgroundJob>>, Problem> {
    let now = parts.clock.now();
    let jobs = parts.store.jobs().await?;
    Ok(Json(jobs.into_iter().map(|job| job.shown(now).into()).collect()))
}

/// Pause or resume a background job.
///
/// A paused job starts no new run on any node; a run that has started ends normally. This works
/// while the mode is on: pause jobs before a failover.
#[utoipa::path(
    put, path = "/api/v4/background_jobs/{name}", operation_id = "change_background_job", tag = "background jobs",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(
        ("name" = inline(Job), Path, description = "Which."),
        ("paused" = Option<bool>, Query, description = "`true` pauses it, `false` resumes it.", example = true),
    ),
    request_body(content(
        (ref("#/components/schemas/JobChange") = "application/json"),
        (ref("#/components/schemas/JobChange") = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "How it stands now.", body = BackgroundJob),
        (
            status = 400, description = "`paused` is not given; or the path is not readable.", body = refusal::Shape,
            content_type = "application/problem+json",
        ),
        (status = 413, description = "More than 4 KiB.", body = refusal::Shape, content_type = "application/problem+json"),
        (status = 415, description = "Neither a form nor JSON.", body = refusal::Shape, content_type = "application/problem+json"),
        Unidentified, Blocked, Missing, Unprocessable, Away,
    ),
)]
pub async fn change(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    Path(name): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BackgroundJob>, Problem> {
    let job = Job::parse(&name).ok_or_else(missing)?;
    let bytes = body::whole(&parts.room, &headers, body, MAX_BYTES).await?;
    let given = given(&params, &headers, &bytes)?;
    let now = parts.clock.now();
    let by = caller.token.name;
    let row = match given.as_str() {
        "true" | "1" => {
            tracing::info!(%job, by, "{by} pauses the job {job}");
            parts.store.pause_job(job, by, now).await?
        }
        "false" | "0" => {
            tracing::info!(%job, by, "{by} resumes the job {job}");
            parts.store.resume_job(job, now).await?
        }
        _ => return Err(Problem::field(PAUSED, "is none of: true, false, 1, 0")),
    };
    Ok(Json(row.shown(now).into()))
}

fn missing() -> Problem {
    let names: Vec<&str> = Job::ALL.iter().map(|job| job.as_str()).collect();
    let detail = format!("There is no such job; there are: {}.", Job::names());
    Problem::new(StatusCode::NOT_FOUND, detail).member("known", names)
}

/// The value of `paused` from query, form or JSON.
fn given(params: &Params, headers: &HeaderMap, bytes: &[u8]) -> Result<String, Problem> {
    let mut values: Vec<String> = Vec::new();
    values.extend(params.text(PAUSED)?.map(str::to_owned));
    if !bytes.is_empty() {
        match body::media_type(headers).as_str() {
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(bytes).filter(|(name, _)| name == PAUSED);
                values.extend(pairs.map(|(_, value)| value.into_owned()));
            }
            "application/json" => values.extend(member(bytes)?),
            _ => return Err(body::unsupported("application/x-www-form-urlencoded or application/json")),
        }
    }
    let Some(first) = values.first().cloned() else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "Nothing to change: give paused=true or paused=false."));
    };
    if values.iter().any(|other| *other != first) {
        return Err(Problem::field(PAUSED, "is given twice with different values: give it once"));
    }
    Ok(first)
}

fn member(bytes: &[u8]) -> Result<Option<String>, Problem> {
    let wrong = |error| Problem::field("body", format!("is no JSON object ({error})"));
    let object: serde_json::Map<String, Value> = serde_json::from_slice(bytes).map_err(wrong)?;
    Ok(object.get(PAUSED).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
}
