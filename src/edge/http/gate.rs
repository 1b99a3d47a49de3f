//! The write gate: asked about every request before anything else, on the path exactly as it stood on the request line.

use super::Parts;
use super::problem::Problem;
use crate::domain::mode::{Mode, ModeView};
use crate::policy::gate::{GateVerdict, REFUSAL, judge_request};
use crate::policy::rules::Reason;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;

/// What `Retry-After` says when nobody planned an end.
const NO_END_PLANNED: i64 = 300;

/// Lets a request through, or says why not.
pub async fn gate(State(parts): State<Arc<Parts>>, request: Request, next: Next) -> Response {
    match refusal(&parts, request.method().as_str(), request.uri().path()).await {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

async fn refusal(parts: &Parts, method: &str, path: &str) -> Option<Problem> {
    // What passes whatever the mode is needs no look at it: that is how an administrator always gets through.
    if let GateVerdict::Pass(_) = judge_request(method, path, &ModeView::Unknown) {
        return None;
    }
    // A look, not what was seen: off means off, in whatever process it was turned off.
    let mode = parts.watch.look().await;
    match judge_request(method, path, &mode) {
        GateVerdict::Pass(_) => None,
        GateVerdict::Unavailable => Some(Problem::mode_unknown()),
        GateVerdict::Block(rule) => Some(blocked(parts, rule, &mode)),
    }
}

fn blocked(parts: &Parts, rule: &str, mode: &ModeView) -> Problem {
    metrics::counter!("postern_writes_blocked_total", "rule" => rule.to_owned()).increment(1);
    let mode = match mode {
        ModeView::Known(mode) => Some(mode),
        ModeView::Unknown => None,
    };
    let status = StatusCode::from_u16(parts.settings.write_block_status).unwrap_or(StatusCode::FORBIDDEN);
    let problem = Problem::new(status, detail(mode)).message(REFUSAL).member("rule", rule).member("mode", "on");
    if status != StatusCode::SERVICE_UNAVAILABLE {
        return problem;
    }
    problem.header(header::RETRY_AFTER, HeaderValue::from(retry_after(mode, parts.clock.now())))
}

fn detail(mode: Option<&Mode>) -> String {
    let message = mode.and_then(|mode| mode.message.as_ref()).map(|message| format!(": {message}")).unwrap_or_default();
    let until = mode.and_then(|mode| mode.until).map(|until| format!(" (until {until})")).unwrap_or_default();
    format!("{}{message}{until}", Reason::TEXT)
}

/// Seconds until the planned end.
fn retry_after(mode: Option<&Mode>, now: Timestamp) -> i64 {
    let left = mode.and_then(|mode| mode.until).map(|until| until.duration_since(now).as_secs());
    left.filter(|seconds| *seconds > 0).unwrap_or(NO_END_PLANNED)
}
