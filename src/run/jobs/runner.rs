//! Runs one job in one process: checks whether a turn is due, claims it, runs it, and records the
//! outcome.
//!
//! Checking reads one row; only a turn writes. A turn that fails or panics is recorded with its
//! error and retried after a back-off; it never ends the process. A turn whose node dies is run
//! again when its lease ends. The job waits while the store is unreachable or the mode unknown.
//! Limit: a turn that hangs keeps its lease, and shows as running since its start.

use super::Desk;
use super::work::{Done, Rest, Turn, Work};
use crate::domain::job::Job;
use crate::domain::mode::ModeView;
use crate::pace::lease::LeaseClock;
use crate::policy::retry::back_off;
use crate::store::claim::Settled;
use crate::store::error::Result;
use crate::store::job::{JobResult, JobRow, JobTurn, TurnEnding};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// Interval between two checks.
const LOOK: Duration = Duration::from_secs(1);
/// Back-off after the first failed turn.
const FIRST_RETRY: Duration = Duration::from_secs(10);
/// Longest back-off, after many failed turns.
const MAX_RETRY: Duration = Duration::from_secs(900);
/// Longest error text kept, in characters.
const SENTENCE_CHARS: usize = 500;

/// Runs one job.
pub struct Runner {
    desk: Desk,
    job: Job,
    period: Duration,
    work: Arc<dyn Work>,
    /// Whether the log already says that the store does not answer.
    is_told: bool,
}

impl Runner {
    /// A runner of `work`, due again `period` after each turn.
    pub fn new(desk: Desk, job: Job, period: Duration, work: Arc<dyn Work>) -> Self {
        Self { desk, job, period, work, is_told: false }
    }

    /// Runs until `desk.stop`.
    pub async fn run(mut self) {
        while !self.desk.stop.is_cancelled() {
            self.tick().await;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.desk.stop.cancelled() => {}
            }
        }
    }

    /// One check, and the turn if one is due.
    pub async fn tick(&mut self) {
        match self.look().await {
            Ok(()) => self.is_told = false,
            Err(error) if !std::mem::replace(&mut self.is_told, true) => {
                tracing::warn!(%error, job = %self.job, "The job {} waits: {error}", self.job);
            }
            Err(_) => {}
        }
    }

    async fn look(&self) -> Result<()> {
        if self.work.judges_age() && self.desk.steady.now().is_none() {
            return Ok(());
        }
        let row = self.desk.store.job(self.job).await?;
        let now = self.desk.clock.now();
        if row.paused_at.is_some() || row.is_running(now) {
            return Ok(());
        }
        let is_due = row.next_at <= now;
        // After a failure the back-off applies, whatever work there is.
        if !is_due && (row.failures > 0 || !self.is_wanted().await) {
            return Ok(());
        }
        if self.desk.watch.look().await == ModeView::Unknown {
            return Ok(());
        }
        let lease = LeaseClock::start(Arc::clone(&self.desk.clock));
        let due_by = if is_due { now } else { Timestamp::MAX };
        let Some(turn) = self.desk.store.claim_turn(&row, due_by, now).await? else { return Ok(()) };
        if row.lease_until.is_some() {
            tracing::warn!(job = %self.job, turn = row.turn, "A node did not end its turn of the job {}", self.job);
        }
        self.run_turn(turn, lease, &row).await
    }

    /// Whether there is work before the regular turn. A check that panics does not start a turn.
    async fn is_wanted(&self) -> bool {
        AssertUnwindSafe(self.work.is_wanted()).catch_unwind().await.unwrap_or_else(|payload| {
            let said = words(&*payload);
            tracing::error!(job = %self.job, panic = said, "The job {} panicked while it looked: {said}", self.job);
            false
        })
    }

    async fn run_turn(&self, turn: JobTurn, lease: LeaseClock, row: &JobRow) -> Result<()> {
        let began = self.desk.clock.instant();
        let store = &self.desk.store;
        let seen = Turn::new(&self.desk, self.job, turn.number);
        let work = AssertUnwindSafe(self.work.turn(&seen)).catch_unwind();
        let done = lease.keep(work, |now| store.renew_turn(self.job, turn.number, now)).await;
        let outcome = match done {
            Ok(outcome) => outcome.map_err(|failure| failure.to_string()),
            Err(payload) => Err(format!("it panicked ({}): please report this", words(&*payload))),
        };
        let now = self.desk.clock.now();
        let took = self.desk.clock.instant().saturating_duration_since(began);
        metrics::histogram!("postern_job_seconds", "job" => self.job.as_str()).record(took.as_secs_f64());
        let ending = self.ending(outcome, row.failures, now);
        if store.settle_turn(turn, ending, now).await? == Settled::LeaseLost {
            tracing::warn!(job = %self.job, "A turn of the job {} took longer than its lease: it is run again", self.job);
        }
        Ok(())
    }

    /// The record of a turn, and when the next one is due.
    fn ending(&self, outcome: std::result::Result<Done, String>, failures: i64, now: Timestamp) -> TurnEnding {
        let after = |pause: Duration| now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        match outcome {
            Ok(Done { sentence, rest }) => {
                let next_at = if rest == Rest::Some { now } else { after(self.period) };
                tracing::debug!(job = %self.job, "A turn of the job {}: {sentence}", self.job);
                TurnEnding { result: JobResult::Ok, sentence: plain(&sentence), next_at }
            }
            Err(sentence) => {
                let failures = failures.saturating_add(1);
                let spread = u64::try_from(now.as_microsecond()).unwrap_or(0);
                let count = u32::try_from(failures).unwrap_or(u32::MAX);
                let next_at = after(back_off(count, FIRST_RETRY, MAX_RETRY, spread));
                metrics::counter!("postern_job_failures_total", "job" => self.job.as_str()).increment(1);
                tracing::error!(
                    job = %self.job, failures, error = sentence, %next_at,
                    "The job {} failed: {sentence}; trying again at {next_at}", self.job
                );
                TurnEnding { result: JobResult::Failed, sentence: plain(&sentence), next_at }
            }
        }
    }
}

/// Reduces an error to one line of bounded length.
fn plain(sentence: &str) -> String {
    sentence.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SENTENCE_CHARS).collect()
}

/// The message of a panic.
fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
