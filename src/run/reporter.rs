//! Gathers this process's report at regular intervals, for its node row.

use super::sight::Sight;
use crate::domain::report::{Loaded, Report};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Interval between two reports; equal to the heartbeat of a node.
const TURN: Duration = Duration::from_secs(5);

/// Gathers the reports of one process.
pub struct Reporter {
    sight: Arc<Sight>,
    loaded: watch::Receiver<Option<Loaded>>,
    reports: watch::Sender<Report>,
}

impl Reporter {
    /// Reports what `sight` observes and which files are in force.
    #[must_use]
    pub fn new(sight: Sight, loaded: watch::Receiver<Option<Loaded>>) -> Self {
        Self { sight: Arc::new(sight), loaded, reports: watch::Sender::default() }
    }

    /// The latest report; changes when there is something new.
    pub fn reports(&self) -> watch::Receiver<Report> {
        self.reports.subscribe()
    }

    /// Reports at each interval, and at once when other files come into force, until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let turns = async {
            loop {
                self.report().await;
                tokio::select! {
                    () = tokio::time::sleep(TURN) => {}
                    // Once the sender is gone the files no longer change; the intervals continue.
                    Ok(()) = self.loaded.changed() => {}
                }
            }
        };
        stop.run_until_cancelled(turns).await;
    }

    async fn report(&mut self) {
        let sight = Arc::clone(&self.sight);
        // A disk that hangs blocks one thread only, since the next look waits for this one.
        let Ok(seen) = tokio::task::spawn_blocking(move || sight.look()).await else { return };
        let report = Report { loaded: self.loaded.borrow_and_update().clone(), seen };
        self.reports.send_if_modified(|last| {
            let is_news = *last != report;
            *last = report;
            is_news
        });
    }
}
