//! Logs and metrics: set up once, when a command starts.
//!
//! Logs go to standard error, one line per event: text for people, JSON for machines. No control
//! character in a field reaches a terminal raw. Logging never fails and never waits: lines pass
//! through a bounded queue (`queue`), and repeated lines are summed up (`repetition`). Metrics are
//! kept in memory and rendered for `/-/metrics`; other rooms only call
//! `metrics::counter!("postern_…")`.

mod catalogue;
mod queue;
mod repetition;

use super::config::log::{Log, LogFormat};
use super::escape;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use queue::Queue;
pub use queue::lost_lines;
use repetition::Repetition;
use std::io::{IsTerminal, Write};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::Subscriber;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, Registry, reload};

/// Logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is invalid.
    #[error("`log.level` is not understood: {0}. Write error, warn, info, debug, trace or off.")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// The level cannot be changed.
    #[error("the level of the log cannot be changed: {0}. Restart the gateway.")]
    Reload(#[from] reload::Error),
    /// This process already has a logger.
    #[error("the log is set up already: {0}. It can be set up once in a process.")]
    LogTwice(#[from] tracing::subscriber::SetGlobalDefaultError),
    /// The thread that writes the log cannot be started.
    #[error("the log cannot be started: {0}. Look at the limits for threads and open files.")]
    Thread(std::io::Error),
    /// The metrics are already set up, or their buckets are malformed.
    #[error("the metrics cannot be set up: {0}. They can be set up once in a process.")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// This process's running log. Dropping it writes the queued lines, within a time limit.
#[derive(Debug)]
pub struct RunningLog {
    queue: Queue,
    repetition: Repetition,
    level: LogLevel,
}

/// The level of a running log.
#[derive(Debug, Clone)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// Changes the level from here on.
    ///
    /// # Errors
    /// When the level is invalid.
    pub fn set(&self, level: &str) -> Result<(), TelemetryError> {
        Ok(self.0.reload(EnvFilter::try_new(level)?)?)
    }
}

/// Sends the log to standard error, as `[log]` configures it, including panics.
///
/// # Errors
/// When the level is invalid, or a log is already set up.
pub fn start_log(log: &Log) -> Result<RunningLog, TelemetryError> {
    let terminal = std::io::stderr().is_terminal();
    let look = match (log.format, terminal) {
        (LogFormat::Json, _) | (LogFormat::Auto, false) => Look::Json,
        (LogFormat::Text, false) => Look::Plain,
        (LogFormat::Text | LogFormat::Auto, true) if colour_is_unwanted() => Look::Plain,
        (LogFormat::Text | LogFormat::Auto, true) => Look::Coloured,
    };
    let queue = Queue::to_standard_error().map_err(TelemetryError::Thread)?;
    let repetition = Repetition::default();
    let (filter, level) = reload::Layer::new(EnvFilter::try_new(&log.level)?);
    let subscriber = subscriber(look, filter, repetition.clone(), queue.clone());
    tracing::subscriber::set_global_default(subscriber)?;
    // The default hook writes to standard error directly and would block on a reader that does not
    // read.
    std::panic::set_hook(Box::new(|panic| tracing::error!("A part of the gateway panicked: {panic}")));
    Ok(RunningLog { queue, repetition, level: LogLevel(level) })
}

impl RunningLog {
    /// Sums up repeated lines until `stop`.
    pub async fn keep(repetition: Repetition, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(repetition::TURN)).await.is_some() {
            repetition.sum_up();
        }
    }

    /// The log's level, which may be changed.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        self.level.clone()
    }

    /// The counter of repeated lines, for [`Self::keep`].
    #[must_use]
    pub fn repetition(&self) -> Repetition {
        self.repetition.clone()
    }
}

impl Drop for RunningLog {
    fn drop(&mut self) {
        self.repetition.sum_up();
        self.queue.drain();
    }
}

/// Whether the user wants no colours (the `NO_COLOR` convention: set and not empty), or the
/// terminal has none.
pub(super) fn colour_is_unwanted() -> bool {
    let is_asked = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_asked || std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Json,
    Plain,
    Coloured,
}

fn subscriber<F, W>(look: Look, filter: F, repetition: Repetition, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    F: Layer<Registry> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let base = tracing_subscriber::registry().with(filter).with(repetition);
    let lines = tracing_subscriber::fmt::layer().log_internal_errors(false);
    if look == Look::Json {
        return Box::new(base.with(lines.json().flatten_event(true).with_writer(EscapedJson(writer))));
    }
    let fields = format::debug_fn(|line, field, value| {
        let text = format!("{value:?}");
        let text = escape::written_out(&text);
        if field.name() == "message" { write!(line, "{text}") } else { write!(line, "{}={text}", field.name()) }
    });
    let coloured = look == Look::Coloured;
    Box::new(base.with(lines.with_ansi(coloured).fmt_fields(fields.delimited(" ")).with_writer(writer)))
}

/// A writer of JSON lines that escapes characters which JSON allows raw and a terminal would act on
/// (C1 controls, DEL, bidi marks).
#[derive(Debug, Clone, Copy)]
struct EscapedJson<W>(W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for EscapedJson<M> {
    type Writer = EscapedJson<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapedJson(self.0.make_writer())
    }
}

impl<W: Write> Write for EscapedJson<W> {
    /// Always takes the whole buffer: an event is written in one call, so no character is split.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.write_all(escape::json(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Bounds of all histogram buckets, in seconds: a commit takes about a millisecond, a smarthost up
/// to 10 minutes.
const BUCKETS: [f64; 12] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 600.0];

/// Interval between two upkeep runs.
const TURN: Duration = Duration::from_secs(5);

/// All metrics of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// The Prometheus text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sorts new measurements into their buckets. Without this, they pile up while no client
    /// scrapes the metrics.
    pub fn tick(&self) {
        self.0.run_upkeep();
    }

    /// Runs the upkeep until `stop`, so that measurements do not pile up.
    pub async fn keep(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(TURN) => self.tick(),
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Starts collecting metrics for the whole process.
///
/// # Errors
/// When collecting has already started.
pub fn install_metrics() -> Result<Metrics, TelemetryError> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
    let metrics = Metrics(builder.install_recorder()?);
    catalogue::announce();
    Ok(metrics)
}

#[cfg(test)]
mod tests;
