//! Background jobs: when each runs next, what came of its last turn, and whether it is paused.
//!
//! A turn is claimed by number: a node that read that turn `n` was the last begins turn `n + 1`,
//! and only one can. So of several nodes one runs it, a paused job never starts, and a turn whose
//! node died comes back when its lease ends. Reading costs no commit; a turn costs two (claim,
//! settle). Nothing here looks at the mode: jobs go on while it is on.

use super::claim::Settled;
use super::error::Result;
use crate::domain::job::Job;
use crate::domain::spelling::spelled;
use async_trait::async_trait;
use jiff::Timestamp;

spelled! {
    /// What came of a turn.
    pub enum JobResult {
        /// It did what there was to do.
        Ok = "ok",
        /// It did not; it is tried again, ever less often.
        Failed = "failed",
    }
}

spelled! {
    /// Where a job stands.
    pub enum JobState {
        /// Until its next turn.
        Waiting = "waiting",
        /// A turn is under way.
        Running = "running",
        /// Paused, but the turn that was under way still is.
        Pausing = "pausing",
        /// Paused; no turn begins before it is resumed.
        Paused = "paused",
    }
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Which.
    pub name: Job,
    /// When its next turn is due.
    pub next_at: Timestamp,
    /// How many turns were begun.
    pub turn: i64,
    /// When the lease of the turn under way ends, unless renewed.
    pub lease_until: Option<Timestamp>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// When a turn began last.
    pub last_started_at: Option<Timestamp>,
    /// When a turn ended last.
    pub last_ended_at: Option<Timestamp>,
    /// What came of it.
    pub last_result: Option<JobResult>,
    /// The same in words.
    pub last_sentence: Option<String>,
    /// When a turn ended well last.
    pub last_succeeded_at: Option<Timestamp>,
    /// Failed turns in a row.
    pub failures: i64,
}

/// A job as commands and pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownJob {
    /// Which.
    pub name: Job,
    /// What it does.
    pub purpose: &'static str,
    /// Where it stands.
    pub state: JobState,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// When a turn began last.
    pub last_started_at: Option<Timestamp>,
    /// When a turn ended last.
    pub last_ended_at: Option<Timestamp>,
    /// What came of it.
    pub last_result: Option<JobResult>,
    /// The same in words.
    pub last_sentence: Option<String>,
    /// When a turn ended well last.
    pub last_succeeded_at: Option<Timestamp>,
    /// Failed turns in a row.
    pub failures: i64,
    /// When its next turn is due; nothing while it is paused.
    pub next_at: Option<Timestamp>,
}

impl JobRow {
    /// Is a turn under way?
    #[must_use]
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> JobState {
        match (self.paused_at.is_some(), self.is_running(now)) {
            (false, false) => JobState::Waiting,
            (false, true) => JobState::Running,
            (true, true) => JobState::Pausing,
            (true, false) => JobState::Paused,
        }
    }

    /// As commands and pages show it.
    #[must_use]
    pub fn shown(self, now: Timestamp) -> ShownJob {
        ShownJob {
            purpose: self.name.purpose(),
            state: self.state(now),
            // Before its first turn a job is due at once, whenever it is asked about.
            next_at: Some(if self.turn == 0 { self.next_at.max(now) } else { self.next_at })
                .filter(|_| self.paused_at.is_none()),
            name: self.name,
            paused_at: self.paused_at,
            paused_by: self.paused_by,
            last_started_at: self.last_started_at,
            last_ended_at: self.last_ended_at,
            last_result: self.last_result,
            last_sentence: self.last_sentence,
            last_succeeded_at: self.last_succeeded_at,
            failures: self.failures,
        }
    }
}

/// Leased permission to run one turn. Only a store makes it, and settling consumes it.
#[derive(Debug)]
pub struct JobTurn {
    /// Of which job.
    pub job: Job,
    /// Which turn: the token that renewing and settling must show.
    pub number: i64,
    _leased: Leased,
}

/// Keeps everybody but the store from making a turn.
#[derive(Debug)]
struct Leased;

impl JobTurn {
    pub(super) fn new(job: Job, number: i64) -> Self {
        Self { job, number, _leased: Leased }
    }
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnEnding {
    /// What came of it.
    pub result: JobResult,
    /// The same in words, for people.
    pub sentence: String,
    /// When the next one is due.
    pub next_at: Timestamp,
}

/// Background jobs.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// All jobs, by name.
    async fn jobs(&self) -> Result<Vec<JobRow>>;

    /// One job.
    async fn job(&self, job: Job) -> Result<JobRow>;

    /// Leases the turn after `row.turn`; `None` when the job is paused, a turn is under way or was
    /// begun since `row` was read, or the next is not due by `due_by` (later than `now` for a job
    /// that has something to do before its time).
    async fn claim_turn(&self, row: &JobRow, due_by: Timestamp, now: Timestamp) -> Result<Option<JobTurn>>;

    /// Makes the lease last longer from `now` on; without effect when it is no longer ours.
    async fn renew_turn(&self, job: Job, number: i64, now: Timestamp) -> Result<()>;

    /// Ends a turn.
    async fn settle_turn(&self, turn: JobTurn, ending: TurnEnding, now: Timestamp) -> Result<Settled>;

    /// No turn begins any more until it is resumed; one under way goes on. The name of the
    /// first to pause it is kept.
    async fn pause_job(&self, job: Job, by: String, now: Timestamp) -> Result<JobRow>;

    /// Turns begin again, the next at once; without effect on a job that is not paused.
    async fn resume_job(&self, job: Job, now: Timestamp) -> Result<JobRow>;
}
