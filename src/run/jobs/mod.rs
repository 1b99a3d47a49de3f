//! Background jobs: which jobs run, and how often.
//!
//! Each job has a row in the store (`store/job`): the first node to look when a turn is due runs
//! it, and the others leave it alone. Jobs continue while the mode is on; an operator who needs the
//! store quiet before a failover pauses them. While the store is unreachable or the mode unknown,
//! they wait. [`runner`] runs one job; [`schedule`] registers the work of each.

mod dedup_expiry;
mod retention;
mod runner;
mod summary_upkeep;
#[cfg(test)]
mod tests;
mod window_keeper;
mod work;

use super::config::retention::Retention;
use crate::clock::Clock;
use crate::domain::job::Job;
use crate::flag::steadiness::SteadyClock;
use crate::flag::watch::Watch;
use crate::store::Store;
use runner::Runner;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use work::Work;

/// The objects that one process's jobs work with.
#[derive(Clone)]
pub struct Desk {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Reads and remembers the mode.
    pub watch: Arc<Watch>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The clock for judging age.
    pub steady: Arc<SteadyClock>,
    /// Notified when a job changed the mode.
    pub wakes: Vec<Arc<Notify>>,
    /// Stops the jobs of this process; a turn in progress finishes its current step.
    pub stop: CancellationToken,
}

/// A job, the time from one turn to the next, and its work.
type Entry = (Job, Duration, Arc<dyn Work>);

/// All jobs, one line each.
fn schedule(desk: &Desk, retention: Retention) -> Vec<Entry> {
    let Desk { store, .. } = desk;
    vec![
        (Job::Retention, MINUTE, Arc::new(retention::Retire::new(store, retention))),
        (Job::DedupExpiry, 10 * MINUTE, Arc::new(dedup_expiry::Forget::new(store))),
        (Job::WindowKeeper, 10 * MINUTE, Arc::new(window_keeper::Keep::new(desk))),
        (Job::SummaryUpkeep, summary_upkeep::PERIOD, Arc::new(summary_upkeep::Fold::new(store))),
    ]
}

const MINUTE: Duration = Duration::from_secs(60);

/// Runs all jobs side by side, until `desk.stop`.
pub async fn run(desk: Desk, retention: Retention) {
    let entries = schedule(&desk, retention).into_iter();
    let runners = entries.map(|(job, period, work)| Runner::new(desk.clone(), job, period, work).run());
    futures_util::future::join_all(runners).await;
}
