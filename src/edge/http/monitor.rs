//! `/-/liveness`, `/-/readiness`, `/-/metrics`, for monitors at the configured addresses. Other
//! clients cannot see that they exist.

use super::Parts;
use super::client::Client;
use super::concern::{found, found_writing};
use super::openapi::Described;
use super::openapi::refusal::{Away, Unknown};
use super::place::{Occupant, Standing};
use super::problem::Problem;
use crate::concern::judge::judge;
use crate::concern::look::Found;
use crate::domain::mode::State as ModeState;
use crate::domain::window::Outlook;
use crate::shown::{self, Alive, Concern, Failed, Ready};
use crate::store::desk::{Cause, Flow};
use crate::store::drain::Progress;
use crate::store::job::JobRow;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa_axum::routes;

/// The routes for monitors.
#[must_use]
pub fn routes() -> Described {
    Described::default().with(routes!(liveness)).with(routes!(readiness)).with(routes!(metrics))
}

/// Proof that the client has a monitor's address.
struct Monitor;

impl FromRequestParts<Arc<Parts>> for Monitor {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Problem> {
        let client = request.extensions.get::<Client>().copied().unwrap_or(Client(None));
        let is_monitor = client.is_among(&parts.settings.monitoring_clients);
        if !is_monitor {
            return Err(Problem::of_status(StatusCode::NOT_FOUND));
        }
        request.extensions.get().iter().for_each(|occupant: &&Occupant| occupant.identify(Standing::Privileged));
        Ok(Self)
    }
}

/// Check whether this process answers.
///
/// It checks nothing else: the process is alive even if the store is unavailable.
#[utoipa::path(
    get, path = "/-/liveness", tag = "monitoring", security(()),
    responses((status = 200, description = "It does.", body = Alive), Unknown),
)]
async fn liveness(_: Monitor) -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Check whether the gateway can do its work.
///
/// It can while the mode is on, because the mode is part of its work. It cannot without a store.
#[utoipa::path(
    get, path = "/-/readiness", tag = "monitoring", security(()),
    responses((status = 200, description = "It can; `concerns` says what an operator should look at.", body = Ready), Unknown, Away),
)]
async fn readiness(State(parts): State<Arc<Parts>>, _: Monitor) -> Response {
    let found = found_writing(&parts).await;
    let concerns = judge(&found, parts.clock.now());
    let problems: Vec<String> =
        concerns.iter().map(|concern| format!("{} {}", concern.sentence(), concern.remedy())).collect();
    let concerns: Vec<Concern> = concerns.iter().map(Concern::from).collect();
    match found.progress {
        Ok(Progress { mode, .. }) => Json(Ready {
            status: "ok",
            mode: mode.state,
            version: mode.version,
            concerns,
            problems,
            standstills: shown::all(found.pauses),
            failed: Failed { hand_overs: found.depths.failed_hand_overs, deliveries: found.depths.failed_deliveries },
        })
        .into_response(),
        Err(error) => {
            Problem::from(error).member("problems", problems).member("concerns", json!(concerns)).into_response()
        }
    }
}

/// Metrics, for Prometheus.
///
/// Counters and gauges with the prefix `postern_`. `postern_mode` is 0 for off, 1 for on, and -1
/// when the store cannot be reached.
#[utoipa::path(
    get, path = "/-/metrics", tag = "monitoring", security(()),
    responses((status = 200, description = "Prometheus text.", body = String, content_type = "text/plain"), Unknown),
)]
async fn metrics(State(parts): State<Arc<Parts>>, _: Monitor) -> Response {
    set_gauges(&parts).await;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))];
    (kind, (parts.metrics)()).into_response()
}

async fn set_gauges(parts: &Parts) {
    let open = u32::try_from(parts.smtp_transactions.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
    metrics::gauge!("postern_smtp_transactions").set(open);
    let Found { progress: Ok(Progress { mode, .. }), depths, pauses, jobs, windows, .. } = found(parts).await else {
        metrics::gauge!("postern_mode").set(-1.0);
        return;
    };
    let now = parts.clock.now();
    let outlook = Outlook::new(&mode, &windows, now);
    metrics::gauge!("postern_mode").set(if mode.state == ModeState::On { 1.0 } else { 0.0 });
    metrics::gauge!("postern_mode_version").set(number(mode.version.0));
    let counted = [
        ("waiting", depths.waiting),
        ("handing_over", depths.hand_overs),
        ("held", depths.held),
        ("failed_hand_overs", depths.failed_hand_overs),
        ("queued", depths.queued),
        ("sending", depths.deliveries),
        ("failed_deliveries", depths.failed_deliveries),
    ];
    for (state, count) in counted {
        metrics::gauge!("postern_queue_depth", "state" => state).set(number(count));
    }
    // The two flags differ if the application is read-only while Postern's mode is off.
    let read_only = pauses.iter().any(|pause| pause.cause == Cause::ReadOnly);
    let differ = read_only && mode.state == ModeState::Off;
    metrics::gauge!("postern_flags_differ").set(if differ { 1.0 } else { 0.0 });
    metrics::gauge!("postern_window_overrun_seconds").set(age(outlook.overrun.map(|late| late.since), now));
    for (queue, oldest) in [("delivery", depths.oldest_queued_at), ("recipient", depths.oldest_waiting_at)] {
        metrics::gauge!("postern_queue_oldest_age_seconds", "queue" => queue).set(age(oldest, now));
    }
    jobs.iter().for_each(set_job_gauges);
    for flow in Flow::ALL {
        let stands = pauses.iter().any(|pause| pause.flow == *flow);
        metrics::gauge!("postern_standstill", "flow" => flow.as_str()).set(if stands { 1.0 } else { 0.0 });
    }
}

fn set_job_gauges(job: &JobRow) {
    let name = job.name.as_str();
    // Prometheus uses seconds since 1970; 0 means never.
    let succeeded = job.last_succeeded_at.map_or(0.0, |at| at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64());
    metrics::gauge!("postern_job_last_success_timestamp_seconds", "job" => name).set(succeeded);
    metrics::gauge!("postern_job_failures_in_a_row", "job" => name).set(number(job.failures));
    metrics::gauge!("postern_job_paused", "job" => name).set(if job.paused_at.is_some() { 1.0 } else { 0.0 });
}

/// The count as a gauge value. No count here exceeds 32 bits.
fn number(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Seconds since `since`; 0 if it is `None`.
fn age(since: Option<Timestamp>, now: Timestamp) -> f64 {
    since.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0))
}
