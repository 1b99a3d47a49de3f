//! Reporting: what this process sees and is configured by, gathered again and again for the row by which others know it.

use super::sight::Sight;
use crate::domain::report::{Loaded, Report};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Between two looks, as often as a process says that it is alive.
const TURN: Duration = Duration::from_secs(5);

/// Gathers reports.
pub struct Reporter {
    sight: Arc<Sight>,
    loaded: watch::Receiver<Option<Loaded>>,
    reports: watch::Sender<Report>,
}

impl Reporter {
    /// Reports what `sight` sees and which files are in force.
    #[must_use]
    pub fn new(sight: Sight, loaded: watch::Receiver<Option<Loaded>>) -> Self {
        Self { sight: Arc::new(sight), loaded, reports: watch::Sender::default() }
    }

    /// Changes whenever there is something new to report.
    pub fn reports(&self) -> watch::Receiver<Report> {
        self.reports.subscribe()
    }

    /// Looks by turns, and at once when other files are in force, until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let turns = async {
            loop {
                self.report().await;
                tokio::select! {
                    () = tokio::time::sleep(TURN) => {}
                    // Without its sender nothing changes any more, and the turns go on.
                    Ok(()) = self.loaded.changed() => {}
                }
            }
        };
        stop.run_until_cancelled(turns).await;
    }

    async fn report(&mut self) {
        let sight = Arc::clone(&self.sight);
        // A disk that hangs must hold up nothing else, and not be looked at again and again.
        let Ok(seen) = tokio::task::spawn_blocking(move || sight.look()).await else { return };
        let report = Report { loaded: self.loaded.borrow_and_update().clone(), seen };
        self.reports.send_if_modified(|last| {
            let is_news = *last != report;
            *last = report;
            is_news
        });
    }
}
