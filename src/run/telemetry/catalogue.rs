//! Every metric of the process: its kind, its description, and its label values where they are
//! known.
//!
//! The table ensures that no metric is exported without HELP and TYPE, and that a counter is 0
//! before the first event: an alert on an increase needs the earlier value. A metric that is not
//! listed here fails the test.

use crate::domain::job::Job;
use crate::domain::mail::{Intent, Verdict};
use crate::domain::notification::{AttemptOutcome, Class};
use crate::store::desk::Flow;

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It only increases.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It sorts measurements into buckets.
    Histogram,
}
use Kind::{Counter, Gauge, Histogram};

/// A label's name and its values; no values when they are not known in advance.
type Label = (&'static str, fn() -> Vec<&'static str>);

/// A metric: name, kind, the labels of a counter, and its description.
type Metric = (&'static str, Kind, &'static [Label], &'static str);

#[rustfmt::skip]
const METRICS: &[Metric] = &[
    ("postern_attempts_total", Counter, &[("class", classes), ("outcome", outcomes)], "Attempts to send a delivery, by class and outcome."),
    ("postern_build_info", Gauge, &[], "Always 1; the label is the version of this build."),
    ("postern_enqueued_total", Counter, &[("class", classes), ("state", || vec!["queued", "suppressed"])], "Deliveries enqueued, by class and first state."),
    ("postern_flags_differ", Gauge, &[], "1 while the application is read-only although the mode is off."),
    ("postern_hand_overs_total", Counter, &[("outcome", || vec!["ok", "permanent"])], "Mails offered to the application, by final outcome."),
    ("postern_http_connections_turned_away_total", Counter, &[("outcome", || vec!["cut", "refused", "unavailable"])],
        "HTTP connections cut, refused or answered 503 because all places, or all of one client, were taken."),
    ("postern_http_requests_total", Counter, &[("status", || vec!["200"])], "HTTP requests answered, by status."),
    ("postern_incoming_total", Counter, &[("intent", intents), ("verdict", verdicts)], "Recipients of incoming mail judged, by intent and verdict."),
    ("postern_job_failures_in_a_row", Gauge, &[], "Failures of a background job since its last success."),
    ("postern_job_failures_total", Counter, &[("job", jobs)], "Failed runs of a background job."),
    ("postern_job_last_success_timestamp_seconds", Gauge, &[], "When a background job last succeeded, in seconds since 1970; 0 for never."),
    ("postern_job_paused", Gauge, &[], "1 while a background job is paused."),
    ("postern_job_seconds", Histogram, &[], "How long a run of a background job took."),
    ("postern_log_lines_dropped_total", Counter, &[], "Log lines lost because they could not be written in time."),
    ("postern_mode", Gauge, &[], "Maintenance Mode: 0 off, 1 on, -1 unknown because the store cannot be reached."),
    ("postern_mode_version", Gauge, &[], "The version of the mode; it grows by one at every change."),
    ("postern_mode_webhook_total", Counter, &[("outcome", || vec!["ok", "failed"])], "Attempts to tell the mode webhook of a change, by outcome."),
    ("postern_queue_depth", Gauge, &[], "Mails and deliveries in each state that waits or failed."),
    ("postern_queue_oldest_age_seconds", Gauge, &[], "Age of the oldest mail or delivery that waits; 0 when none does."),
    ("postern_sign_ins_total", Counter, &[("outcome", || vec!["right", "wrong", "waits"])], "Passwords given at sign-in, by outcome."),
    ("postern_smtp_connections", Gauge, &[], "Open connections at the SMTP door."),
    ("postern_smtp_replies_total", Counter, &[("code", || vec!["250"])], "SMTP replies sent, by reply code."),
    ("postern_smtp_sessions_total", Counter, &[], "SMTP sessions begun."),
    ("postern_smtp_transactions", Gauge, &[], "Open SMTP transactions in this process."),
    ("postern_smtp_unknown_recipients_total", Counter, &[("unknown", || vec!["address", "domain"])], "Recipients refused because their address or domain is not Postern's."),
    ("postern_standstill", Gauge, &[], "1 while a flow stands still."),
    ("postern_standstills_total", Counter, &[("flow", flows)], "Times that a flow came to a standstill."),
    ("postern_unknown_kinds_total", Counter, &[("kind", || vec!["other"])], "Notifications taken whose kind is not declared, by kind; from the 21st name on as other."),
    ("postern_window_overrun_seconds", Gauge, &[], "How long maintenance has been on past its announced end; 0 when it is not late."),
    ("postern_writes_blocked_total", Counter, &[("rule", || vec!["read_only"])], "HTTP writes refused by the mode, by rule."),
];

fn classes() -> Vec<&'static str> {
    Class::ALL.iter().map(|class| class.as_str()).collect()
}

fn outcomes() -> Vec<&'static str> {
    AttemptOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect()
}

fn intents() -> Vec<&'static str> {
    Intent::ALL.iter().map(|intent| intent.as_str()).collect()
}

fn verdicts() -> Vec<&'static str> {
    Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect()
}

fn jobs() -> Vec<&'static str> {
    Job::ALL.iter().map(|job| job.as_str()).collect()
}

fn flows() -> Vec<&'static str> {
    Flow::ALL.iter().map(|flow| flow.as_str()).collect()
}

/// Describes every metric to the recorder, and initialises every counter to 0.
pub fn announce() {
    for (name, kind, labels, help) in METRICS {
        match kind {
            Counter => {
                metrics::describe_counter!(*name, *help);
                for series in series(labels) {
                    metrics::counter!(*name, &series).increment(0);
                }
            }
            Gauge => metrics::describe_gauge!(*name, *help),
            Histogram => metrics::describe_histogram!(*name, *help),
        }
    }
    metrics::gauge!("postern_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// All combinations of the labels' values.
fn series(labels: &[Label]) -> Vec<Vec<(&'static str, &'static str)>> {
    labels.iter().fold(vec![Vec::new()], |all, (name, values)| {
        let values = values();
        all.iter()
            .flat_map(|series| values.iter().map(|value| [series.as_slice(), &[(*name, *value)]].concat()))
            .collect()
    })
}

#[cfg(test)]
mod tests;
