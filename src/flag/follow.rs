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
use crate::domain::mode::{ModeView, SeenMode};
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
    renewals: Option<Receiver<()>>,
}

/// The last report and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    version: i64,
    mode: SeenMode,
    at: Instant,
}

impl Follower {
    /// A follower called `name` (host and process number).
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>, name: String) -> Self {
        let id = Id::mint(clock.now());
        Self { store, watch, clock, id, name, said: None, renewals: None }
    }

    /// The same follower, which takes a new id at each renewal of the configuration: the creation
    /// time of the id says since when the configuration is in force.
    #[must_use]
    pub fn renewed_by(self, renewals: Receiver<()>) -> Self {
        Self { renewals: Some(renewals), ..self }
    }

    async fn renew(&mut self) {
        if self.renewals.as_ref().is_some_and(|renewals| renewals.has_changed().unwrap_or(false)) {
            self.renewals.iter_mut().for_each(Receiver::mark_unchanged);
            self.leave().await;
            (self.id, self.said) = (Id::mint(self.clock.now()), None);
        }
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
            self.renew().await;
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
        let node = Node { seen_at: Timestamp::UNIX_EPOCH, ..self.node(said.version, said.mode) };
        if let Err(error) = self.store.see(node).await {
            tracing::debug!(%error, "Could not say that this process is gone; it is forgotten after {ALIVE:?}");
        }
    }

    fn node(&self, version: i64, mode: SeenMode) -> Node {
        Node { id: self.id, name: self.name.clone(), version, mode, seen_at: self.clock.now() }
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
        // A store that went back may lose the report again at any time, so repeat it in every turn.
        let is_said = self.said.is_some_and(|said| {
            (said.version, said.mode) == (version, mode)
                && mode != SeenMode::Unknown
                && at.saturating_duration_since(said.at) < HEARTBEAT
        });
        if is_said {
            return;
        }
        match tokio::time::timeout(PATIENCE, self.say(version, mode)).await {
            Ok(Ok(())) => self.said = Some(Said { version, mode, at }),
            Ok(Err(error)) => tracing::debug!(%error, "Could not say which version this process has seen"),
            Err(_) => tracing::debug!("Saying which version this process has seen takes long"),
        }
    }

    /// Reports what this process has seen and recalls what other processes have seen. When one of
    /// them has seen a higher version than the store has, this process does not trust the store
    /// either.
    async fn say(&self, version: i64, mode: SeenMode) -> Result<()> {
        self.store.see(self.node(version, mode)).await?;
        self.store.recall().await.map(drop)
    }
}

#[cfg(test)]
mod tests;
