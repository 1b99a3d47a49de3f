//! The write gate: judges every request before its handler, by the raw path from the request line.

use super::Parts;
use super::problem::Problem;
use crate::domain::mode::{Mode, ModeView};
use crate::domain::six_digits;
use crate::policy::gate::{GateVerdict, REFUSAL, judge_request};
use crate::policy::rules::Reason;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;

/// `Retry-After` in seconds when no end is planned.
const NO_END_PLANNED: i64 = 300;

/// Passes a request on, or answers why it is blocked.
pub async fn gate(State(parts): State<Arc<Parts>>, request: Request, next: Next) -> Response {
    match refusal(&parts, request.method().as_str(), request.uri().path()).await {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

async fn refusal(parts: &Parts, method: &str, path: &str) -> Option<Problem> {
    // A request that passes in every mode needs no look at it. So an administrator always gets
    // through.
    if let GateVerdict::Pass(_) = judge_request(method, path, &ModeView::Unknown) {
        return None;
    }
    // Look at the store instead of using the last seen mode: another process may have turned it
    // off.
    let mode = parts.watch.look().await;
    match judge_request(method, path, &mode) {
        GateVerdict::Pass(_) => None,
        GateVerdict::Unavailable => Some(Problem::mode_unknown(&parts.watch)),
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
    let now = parts.clock.now();
    let end = mode.and_then(|mode| mode.until).filter(|until| *until > now);
    let problem = Problem::new(status, detail(mode, end)).message(REFUSAL).member("rule", rule).member("mode", "on");
    let problem = match end {
        Some(until) => problem.member("until", six_digits::text(until)),
        None => problem,
    };
    match retry_after(end, status, now) {
        Some(seconds) => problem.header(header::RETRY_AFTER, HeaderValue::from(seconds)),
        None => problem,
    }
}

/// The problem's detail. `end` is the planned end, unless it has passed.
fn detail(mode: Option<&Mode>, end: Option<Timestamp>) -> String {
    let message = mode.and_then(|mode| mode.message.as_ref()).map(|message| format!(": {message}")).unwrap_or_default();
    let until = end.map(|until| format!(" (until {until})")).unwrap_or_default();
    format!("{}{message}{until}", Reason::TEXT)
}

/// Seconds until the planned end, rounded up so that a retry comes after it. Without an end, a 503
/// still names a time.
fn retry_after(end: Option<Timestamp>, status: StatusCode, now: Timestamp) -> Option<i64> {
    let left = end.map(|end| end.duration_since(now).as_millis().saturating_add(999) / 1000);
    let left = left.and_then(|seconds| i64::try_from(seconds).ok());
    left.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(NO_END_PLANNED))
}
