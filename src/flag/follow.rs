//! Following the mode: reads it again and again, at once when the store rings, and tells the store what this process has seen.
//!
//! The turns are the promise, the bell is the speed. A process that has seen more than the store has says so too: that is how a
//! console, which knows nothing by itself, learns how high the next version must be.

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

/// Between two looks; what must not wait so long looks by itself.
const TURN: Duration = Duration::from_millis(250);
/// How often a process says that it is alive, when nothing changed.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A word that takes longer is said again in the next turn: turns must go on.
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

/// What was said last, and when.
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

    /// The same, known under a new id from each renewal of the configuration on: an id says since when it is in force.
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

    /// Says that this process is gone, so that nobody waits for it to see a change.
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

    /// One turn: a look, and word of it when something changed or was not said for long.
    pub async fn tick(&mut self) {
        let view = self.watch.look().await;
        metrics::gauge!("postern_mode").set(match view.seen() {
            SeenMode::Unknown => -1.0,
            SeenMode::On => 1.0,
            SeenMode::Off => 0.0,
        });
        if view == ModeView::Unknown && !self.watch.has_gone_back() {
            // A store that cannot be read is not written either.
            return;
        }
        let (version, mode, at) = (self.store.known_version(), view.seen(), self.clock.instant());
        // In a store that went back, what was said may be lost again at any time: it is said at every turn.
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

    /// Says what this process has seen, and hears what the others have: when one of them has seen more than the store has, this one
    /// does not believe the store either.
    async fn say(&self, version: i64, mode: SeenMode) -> Result<()> {
        self.store.see(self.node(version, mode)).await?;
        self.store.recall().await.map(drop)
    }
}

#[cfg(test)]
mod tests;
