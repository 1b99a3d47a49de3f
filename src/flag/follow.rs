//! Follows the mode: reads it periodically, and at once when the store notifies of a change, and
//! records in the store what this process has seen.
//!
//! The periodic read is the guarantee; the notification only makes it fast. A process records its
//! version even when the store's is older: that is how a console command, which has seen nothing
//! itself, learns how high the next version must be.

use super::node::ALIVE;
use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::id::{Id, NodeId};
use crate::domain::mode::{ModeView, SeenMode, Version};
use crate::domain::report::Report;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::mode::Node;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

/// Interval between two reads of the mode; code that needs it sooner reads it itself.
const TURN: Duration = Duration::from_millis(250);
/// How often a process reports that it is alive when nothing changed.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Time limit for one report; it is repeated in the next turn, so that a slow store does not block
/// the turns.
const PATIENCE: Duration = Duration::from_secs(2);

/// One process that follows the mode.
pub struct Follower {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    id: NodeId,
    name: String,
    said: Option<Said>,
    reports: Option<Receiver<Report>>,
}

/// The last report and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    version: Version,
    mode: SeenMode,
    at: Instant,
}

impl Follower {
    /// A follower called `name` (host and process number).
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>, name: String) -> Self {
        let id = Id::mint(clock.now());
        Self { store, watch, clock, id, name, said: None, reports: None }
    }

    /// The same, which also says what the process reports of itself, at once when that changes.
    #[must_use]
    pub fn reporting(self, reports: Receiver<Report>) -> Self {
        Self { reports: Some(reports), ..self }
    }

    /// Follows until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let bell = Arc::new(Notify::new());
        let store = Arc::clone(&self.store);
        tokio::select! {
            () = store.listen(Arc::clone(&bell)) => {}
            () = self.follow(&bell, &stop) => {}
        }
        self.leave().await;
    }

    async fn follow(&mut self, bell: &Notify, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            self.tick().await;
            tokio::select! {
                () = bell.notified() => {}
                () = tokio::time::sleep(TURN) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Reports that this process is gone, so that no change waits for it.
    async fn leave(&self) {
        let Some(said) = self.said else { return };
        let node = Node { seen_at: Timestamp::UNIX_EPOCH, ..self.node(said.version, said.mode, Report::default()) };
        if let Err(error) = self.store.see(node).await {
            tracing::debug!(%error, "Could not say that this process is gone; it is forgotten after {ALIVE:?}");
        }
    }

    fn node(&self, version: Version, mode: SeenMode, report: Report) -> Node {
        Node { id: self.id, name: self.name.clone(), version, mode, seen_at: self.clock.now(), report }
    }

    /// One turn: reads the mode, and reports it when it changed or the heartbeat is due.
    pub async fn tick(&mut self) {
        let view = self.watch.look().await;
        metrics::gauge!("postern_mode").set(match view.seen() {
            SeenMode::Unknown => -1.0,
            SeenMode::On => 1.0,
            SeenMode::Off => 0.0,
        });
        if view == ModeView::Unknown && !self.watch.has_gone_back() {
            // If the store cannot be read, do not try to write to it either.
            return;
        }
        let (version, mode, at) = (self.store.known_version(), view.seen(), self.clock.instant());
        // In a store that went back, what was said may be lost again at any time: it is said at
        // every turn.
        let has_news = self.reports.as_ref().is_some_and(|reports| reports.has_changed().unwrap_or(false));
        let is_said = self.said.is_some_and(|said| {
            !has_news
                && (said.version, said.mode) == (version, mode)
                && mode != SeenMode::Unknown
                && at.saturating_duration_since(said.at) < HEARTBEAT
        });
        if is_said {
            return;
        }
        let report = self.reports.as_mut().map(|reports| reports.borrow_and_update().clone()).unwrap_or_default();
        match tokio::time::timeout(PATIENCE, self.say(version, mode, report)).await {
            Ok(Ok(())) => self.said = Some(Said { version, mode, at }),
            Ok(Err(error)) => tracing::debug!(%error, "Could not say which version this process has seen"),
            Err(_) => tracing::debug!("Saying which version this process has seen takes long"),
        }
    }

    /// Says what this process has seen, and hears what the others have: when one of them has seen
    /// more than the store has, this one does not believe the store either.
    async fn say(&self, version: Version, mode: SeenMode, report: Report) -> Result<()> {
        self.store.see(self.node(version, mode, report)).await?;
        self.store.recall().await.map(drop)
    }
}

#[cfg(test)]
mod tests;
