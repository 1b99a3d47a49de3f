//! Following by turns: reads the mode again and again, and tells the store which version this process has seen.

use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::id::Id;
use crate::store::Store;
use crate::store::mode::Node;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Between two looks; what must not wait so long looks by itself.
const TURN: Duration = Duration::from_millis(250);
/// How often a process says that it is alive, when nothing changed.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A process not heard of for so long counts as gone.
pub const ALIVE: Duration = Duration::from_secs(15);

/// One process that follows the mode.
pub struct Follower {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    id: Id,
    name: String,
    said: Option<(i64, Instant)>,
}

impl Follower {
    /// A follower called `name` (host and process number).
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>, name: String) -> Self {
        let id = Id::mint(clock.now());
        Self { store, watch, clock, id, name, said: None }
    }

    /// Follows until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.tick().await;
            tokio::select! {
                () = tokio::time::sleep(TURN) => {}
                () = stop.cancelled() => {}
            }
        }
        self.leave().await;
    }

    /// Says that this process is gone, so that nobody waits for it to see a change.
    async fn leave(&self) {
        let Some((version, _)) = self.said else { return };
        let node = Node { id: self.id, name: self.name.clone(), version, seen_at: Timestamp::UNIX_EPOCH };
        if let Err(error) = self.store.see(node).await {
            tracing::debug!(%error, "Could not say that this process is gone; it is forgotten after {ALIVE:?}");
        }
    }

    /// One turn: a look, and word of it when something changed or was not said for long.
    pub async fn tick(&mut self) {
        let view = self.watch.look().await;
        metrics::gauge!("postern_mode").set(match view.version() {
            None => -1.0,
            Some(_) if view.is_on() => 1.0,
            Some(_) => 0.0,
        });
        let Some(version) = view.version() else { return };
        let now = self.clock.instant();
        let is_said = self.said.is_some_and(|(said, at)| said == version && now.duration_since(at) < HEARTBEAT);
        if is_said {
            return;
        }
        let node = Node { id: self.id, name: self.name.clone(), version, seen_at: self.clock.now() };
        match self.store.see(node).await {
            Ok(()) => self.said = Some((version, now)),
            Err(error) => tracing::debug!(%error, "Could not say which version this process has seen"),
        }
    }
}
