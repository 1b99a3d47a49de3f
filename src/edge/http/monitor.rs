//! `/-/liveness`, `/-/readiness`, `/-/metrics`: for monitors at the configured addresses; nobody else learns that they exist.

use super::Parts;
use super::client::Client;
use super::problem::Problem;
use crate::domain::mode::{Mode, ModeView, State as ModeState};
use crate::store::desk::{Cause, Depths, Flow, Pause};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The routes for monitors.
pub fn routes() -> Router<Arc<Parts>> {
    Router::new()
        .route("/-/liveness", get(liveness))
        .route("/-/readiness", get(readiness))
        .route("/-/metrics", get(metrics))
}

/// Somebody at one of the monitors' addresses.
struct Monitor;

impl FromRequestParts<Arc<Parts>> for Monitor {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Problem> {
        let client = request.extensions.get::<Client>().copied().unwrap_or(Client(None));
        let is_monitor = client.is_among(&parts.settings.monitoring_clients);
        if is_monitor { Ok(Self) } else { Err(Problem::of_status(StatusCode::NOT_FOUND)) }
    }
}

/// This process answers; nothing else is asked.
async fn liveness(_: Monitor) -> Json<serde_json::Value> {
    Json(json!({"status": "ok"}))
}

/// Can it do its work? The mode is part of its work; without a store it cannot.
async fn readiness(State(parts): State<Arc<Parts>>, _: Monitor) -> Response {
    match state(&parts).await {
        Some((mode, depths, pauses)) => Json(json!({
            "status": "ok",
            "mode": mode.state,
            "version": mode.version,
            "problems": problems(&depths, &pauses),
            "standstills": pauses,
            "failed": {"hand_overs": depths.failed_hand_overs, "deliveries": depths.failed_deliveries},
        }))
        .into_response(),
        None => {
            let words = "The store cannot be reached, or it went back to an older state: mail and notifications wait.";
            Problem::mode_unknown().member("problems", vec![words]).into_response()
        }
    }
}

async fn state(parts: &Parts) -> Option<(Mode, Depths, Vec<Pause>)> {
    let ModeView::Known(mode) = parts.watch.look().await else { return None };
    let depths = parts.store.depths().await.ok()?;
    let pauses = parts.store.pauses().await.ok()?;
    Some((mode, depths, pauses))
}

/// What an operator should look at, in words.
fn problems(depths: &Depths, pauses: &[Pause]) -> Vec<String> {
    let failed = [
        (depths.failed_hand_overs, "mails could not be handed over", "recipient"),
        (depths.failed_deliveries, "deliveries failed for good", "delivery"),
    ];
    let failed = failed.into_iter().filter(|(count, ..)| *count > 0).map(|(count, what, kind)| {
        format!("{count} {what}: see /api/v4/queue?type={kind}&state=failed, then retry or cancel them.")
    });
    pauses.iter().map(Pause::words).chain(failed).collect()
}

/// Prometheus text.
async fn metrics(State(parts): State<Arc<Parts>>, _: Monitor) -> Response {
    set_gauges(&parts).await;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))];
    (kind, (parts.metrics)()).into_response()
}

async fn set_gauges(parts: &Parts) {
    let open = u32::try_from(parts.smtp_transactions.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
    metrics::gauge!("postern_smtp_transactions").set(open);
    let Some((mode, depths, pauses)) = state(parts).await else {
        metrics::gauge!("postern_mode").set(-1.0);
        return;
    };
    metrics::gauge!("postern_mode").set(if mode.state == ModeState::On { 1.0 } else { 0.0 });
    metrics::gauge!("postern_mode_version").set(number(mode.version));
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
    // Two flags in one house: the application's own is on, and ours is not.
    let read_only = pauses.iter().any(|pause| pause.cause == Cause::ReadOnly);
    let differ = read_only && mode.state == ModeState::Off;
    metrics::gauge!("postern_flags_differ").set(if differ { 1.0 } else { 0.0 });
    let now = parts.clock.now();
    for (queue, oldest) in [("delivery", depths.oldest_queued_at), ("recipient", depths.oldest_waiting_at)] {
        metrics::gauge!("postern_queue_oldest_age_seconds", "queue" => queue).set(age(oldest, now));
    }
    for flow in Flow::ALL {
        let stands = pauses.iter().any(|pause| pause.flow == *flow);
        metrics::gauge!("postern_standstill", "flow" => flow.as_str()).set(if stands { 1.0 } else { 0.0 });
    }
}

/// Nobody counts beyond 32 bits here.
fn number(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Seconds since `oldest`; 0 when there is none.
fn age(oldest: Option<Timestamp>, now: Timestamp) -> f64 {
    oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0))
}
