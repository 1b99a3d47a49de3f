//! What a job does in a turn.

use super::Desk;
use crate::domain::job::Job;
use crate::flag::steadiness::SteadyClock;
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two steps of a turn: whatever else waits for the store comes first.
const BREATH: Duration = Duration::from_millis(50);

/// Why a turn failed: a sentence for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What came of a turn that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In words, for people.
    pub sentence: String,
    /// Is there more to do? Then the next turn is due at once.
    pub rest: Rest,
}

/// Whether a turn left something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing, as far as it knows.
    Nothing,
    /// It was asked to stop before it was through.
    Some,
}

/// The work of a job. A turn must be fit to run twice: when its node dies, another runs it again.
#[async_trait]
pub trait Work: Send + Sync {
    /// Is there something to do before the next turn is due? Asked about every second by every node, so it only reads, and
    /// quickly: a turn costs two commits, and this is how a job that must be prompt spends none while nothing happens.
    async fn is_wanted(&self) -> bool {
        false
    }

    /// Whether a turn deletes what is old. It then waits while the clock is in doubt, see [`Turn::age_time`].
    fn judges_age(&self) -> bool {
        false
    }

    /// Does what there is to do, in steps that hold the store for a moment each.
    async fn turn(&self, turn: &Turn) -> Result<Done, Failure>;
}

/// A turn under way, as its work sees it.
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

    /// The time by which age is judged in the next step; `None` while the clock is in doubt, then nothing may be deleted.
    pub fn age_time(&self) -> Option<Timestamp> {
        self.steady.now()
    }

    /// May another step be taken, a moment later? No, when this process stops, somebody paused the job, or another node took over
    /// because this one slept.
    pub async fn goes_on(&self) -> bool {
        tokio::select! {
            () = tokio::time::sleep(BREATH) => {}
            () = self.stop.cancelled() => return false,
        }
        match self.store.job(self.job).await {
            Ok(row) => row.paused_at.is_none() && row.turn == self.number,
            // The next step finds out by itself whether the store is back.
            Err(_) => true,
        }
    }
}
