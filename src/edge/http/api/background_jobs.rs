//! `/api/v4/background_jobs`: what runs by itself, when it ran, and pausing it. Also while the mode is on.

use crate::domain::job::Job;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller, ReadApi};
use crate::edge::http::body;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::job::ShownJob;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use url::form_urlencoded;

/// The one parameter.
const PAUSED: &str = "paused";
/// No body needs more.
const MOST_BYTES: usize = 4096;

/// `GET`: all of them.
pub async fn list(State(parts): State<Arc<Parts>>, _: Caller<ReadApi>) -> Result<Json<Vec<ShownJob>>, Problem> {
    let now = parts.clock.now();
    let jobs = parts.store.jobs().await?;
    Ok(Json(jobs.into_iter().map(|job| job.shown(now)).collect()))
}

/// `PUT …/:name`: pauses or resumes it; answers how it stands.
pub async fn change(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    Path(name): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ShownJob>, Problem> {
    let job = Job::parse(&name).ok_or_else(missing)?;
    let given = given(&params, &headers, &body::whole(body, MOST_BYTES).await?)?;
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
    Ok(Json(row.shown(now)))
}

fn missing() -> Problem {
    let names: Vec<&str> = Job::ALL.iter().map(|job| job.as_str()).collect();
    let detail = format!("There is no such job; there are: {}.", Job::names());
    Problem::new(StatusCode::NOT_FOUND, detail).member("known", names)
}

/// What `paused` is set to, by query, form or JSON.
fn given(params: &Params, headers: &HeaderMap, bytes: &Bytes) -> Result<String, Problem> {
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

fn member(bytes: &Bytes) -> Result<Option<String>, Problem> {
    let wrong = |error| Problem::field("body", format!("is no JSON object ({error})"));
    let object: serde_json::Map<String, Value> = serde_json::from_slice(bytes).map_err(wrong)?;
    Ok(object.get(PAUSED).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
}
