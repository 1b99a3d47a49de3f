//! Looking: reads everything that the judgement needs, once.

use super::seen::Seen;
use crate::clock::Clock;
use crate::domain::window::Window;
use crate::flag::node::{LiveNode, live_nodes};
use crate::policy::rules::Rules;
use crate::store::Store;
use crate::store::desk::Depths;
use crate::store::drain::Drain;
use crate::store::error::{Result, StoreError};
use crate::store::job::JobRow;
use crate::store::pause::Pause;
use std::sync::Arc;

/// The findings to judge.
#[derive(Debug, Clone)]
pub struct Found {
    /// The mode and its drain progress, or why the store cannot tell.
    pub drain: Result<Drain>,
    /// The numbers of waiting and failed items.
    pub depths: Depths,
    /// The flows at a standstill.
    pub pauses: Vec<Pause>,
    /// The background jobs.
    pub jobs: Vec<JobRow>,
    /// The scheduled and open windows, sorted by start.
    pub windows: Vec<Window>,
    /// The live processes.
    pub nodes: Vec<LiveNode>,
    /// Undeclared kinds of notifications that were enqueued.
    pub unknown_kinds: Vec<String>,
    /// What processes have observed locally.
    pub seen: Vec<Seen>,
}

impl Found {
    /// The findings while the store does not answer.
    #[must_use]
    pub fn without_store(error: StoreError, seen: Vec<Seen>) -> Self {
        Self {
            drain: Err(error),
            depths: Depths::default(),
            pauses: Vec::new(),
            jobs: Vec::new(),
            windows: Vec::new(),
            nodes: Vec::new(),
            unknown_kinds: Vec::new(),
            seen,
        }
    }
}

/// Collects the findings. It never fails: a store that does not answer is itself a finding.
pub async fn look(store: &dyn Store, rules: Arc<Rules>, clock: &dyn Clock, seen: Seen) -> Found {
    let seen = vec![seen];
    let drain = store.drain(rules, clock.now()).await;
    if let Err(error @ (StoreError::Unreachable(_) | StoreError::Corrupt(_))) = drain {
        return Found::without_store(error, seen);
    }
    match read(store, clock, drain, seen.clone()).await {
        Ok(found) => found,
        Err(error) => Found::without_store(error, seen),
    }
}

async fn read(store: &dyn Store, clock: &dyn Clock, drain: Result<Drain>, seen: Vec<Seen>) -> Result<Found> {
    let version = drain.as_ref().map_or_else(|_| store.known_version(), |drain| drain.mode.version);
    Ok(Found {
        depths: store.depths().await?,
        pauses: store.pauses().await?,
        jobs: store.jobs().await?,
        windows: store.standing_windows().await?,
        nodes: live_nodes(store, clock, version).await?,
        unknown_kinds: Vec::new(),
        drain,
        seen,
    })
}
