//! The work that a job does in a turn.

use super::Desk;
use crate::domain::job::Job;
use crate::flag::steadiness::SteadyClock;
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause between two steps of a turn, so that other users of the store come first.
const BREATH: Duration = Duration::from_millis(50);

/// Why a turn failed: a sentence for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The result of a successful turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The result in words, for people.
    pub sentence: String,
    /// Whether work is left; if so, the next turn is due at once.
    pub rest: Rest,
}

/// Whether a turn left work to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing, as far as the turn knows.
    Nothing,
    /// It was stopped before it was finished.
    Some,
}

/// The work of a job. A turn must be safe to run twice: when its node dies, another one runs it
/// again.
#[async_trait]
pub trait Work: Send + Sync {
    /// Whether there is work before the next turn is due. Every node calls this about every second,
    /// so it only reads, and quickly: a turn costs two commits, and this spares them for a prompt
    /// job while nothing happens.
    async fn is_wanted(&self) -> bool {
        false
    }

    /// Whether a turn deletes by age. It then waits while the clock is in doubt, see
    /// [`Turn::age_time`].
    fn judges_age(&self) -> bool {
        false
    }

    /// Does the work in steps that each hold the store only briefly.
    async fn turn(&self, turn: &Turn) -> Result<Done, Failure>;
}

/// A turn in progress, as its work sees it.
pub struct Turn {
    store: Arc<dyn Store>,
    stop: CancellationToken,
    steady: Arc<SteadyClock>,
    job: Job,
    number: i64,
}

impl Turn {
    pub(super) fn new(desk: &Desk, job: Job, number: i64) -> Self {
        let Desk { store, stop, steady, .. } = desk.clone();
        Self { store, stop, steady, job, number }
    }

    /// The time for judging age in the next step; `None` while the clock is in doubt, when nothing
    /// may be deleted.
    pub fn age_time(&self) -> Option<Timestamp> {
        self.steady.now()
    }

    /// Waits a moment, then says whether another step may be taken. False when this process stops,
    /// an operator paused the job, or another node took over because this one slept.
    pub async fn goes_on(&self) -> bool {
        tokio::select! {
            () = tokio::time::sleep(BREATH) => {}
            () = self.stop.cancelled() => return false,
        }
        match self.store.job(self.job).await {
            Ok(row) => row.paused_at.is_none() && row.turn == self.number,
            // The next step finds out itself whether the store is back.
            Err(_) => true,
        }
    }
}
