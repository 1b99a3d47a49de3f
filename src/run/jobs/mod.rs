//! Background jobs: what runs by itself, and how often.
//!
//! Each job has a row in the store (`store/job`): whichever node looks first when a turn is due runs it, and the others leave it
//! alone. Jobs go on while the mode is on; whoever wants the store quiet before a failover pauses them. While the store is away,
//! or the mode is not known, they wait. [`runner`] runs one job; a work of one's own is registered in [`schedule`].

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

/// What the jobs of one process work with.
#[derive(Clone)]
pub struct Desk {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Follows the mode.
    pub watch: Arc<Watch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The time by which age is judged.
    pub steady: Arc<SteadyClock>,
    /// Rung when a job changed the mode.
    pub wakes: Vec<Arc<Notify>>,
    /// Ends the jobs of this process; a turn under way ends its current step.
    pub stop: CancellationToken,
}

/// A job, how long after a turn the next is due, and its work.
type Entry = (Job, Duration, Arc<dyn Work>);

/// Every job that runs: one line each.
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

/// Runs all jobs side by side, until the desk says stop.
pub async fn run(desk: Desk, retention: Retention) {
    let entries = schedule(&desk, retention).into_iter();
    let runners = entries.map(|(job, period, work)| Runner::new(desk.clone(), job, period, work).run());
    futures_util::future::join_all(runners).await;
}
