//! Looking: reads everything that the judgement needs, once.
//!
//! It takes the fence only while a maintenance is not known to have drained, because the history
//! then has to record when it did.

use crate::clock::Clock;
use crate::domain::mode::State;
use crate::domain::report::Seen;
use crate::domain::window::Window;
use crate::flag::node::{LiveNode, live_nodes};
use crate::policy::rules::Rules;
use crate::store::Store;
use crate::store::desk::Depths;
use crate::store::drain::Progress;
use crate::store::error::{Result, StoreError};
use crate::store::job::JobRow;
use crate::store::pause::Pause;
use std::collections::HashSet;
use std::sync::Arc;

/// The findings to judge.
#[derive(Debug, Clone)]
pub struct Found {
    /// The mode and whether it has drained, or why the store cannot tell.
    pub progress: Result<Progress>,
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
    /// What processes have observed locally; each disk and file once.
    pub seen: Vec<Seen>,
}

impl Found {
    /// The findings while the store does not answer.
    #[must_use]
    pub fn without_store(error: StoreError, seen: Vec<Seen>) -> Self {
        Self {
            progress: Err(error),
            depths: Depths::default(),
            pauses: Vec::new(),
            jobs: Vec::new(),
            windows: Vec::new(),
            nodes: Vec::new(),
            seen,
        }
    }
}

/// Collects the findings. It never fails: a store that does not answer is itself a finding.
pub async fn look(store: &dyn Store, rules: Arc<Rules>, clock: &dyn Clock, own: Seen) -> Found {
    let progress = progress(store, rules, clock).await;
    if let Err(error @ (StoreError::Unreachable(_) | StoreError::Corrupt(_))) = progress {
        return Found::without_store(error, vec![own]);
    }
    match read(store, clock, progress, own.clone()).await {
        Ok(found) => found,
        Err(error) => Found::without_store(error, vec![own]),
    }
}

async fn progress(store: &dyn Store, rules: Arc<Rules>, clock: &dyn Clock) -> Result<Progress> {
    let progress = store.progress().await?;
    if progress.mode.state == State::Off || progress.drained_at.is_some() {
        return Ok(progress);
    }
    let drain = store.drain(rules, clock.now()).await?;
    Ok(Progress { mode: drain.mode, drained_at: drain.drained_at })
}

async fn read(store: &dyn Store, clock: &dyn Clock, progress: Result<Progress>, own: Seen) -> Result<Found> {
    let version = progress.as_ref().map_or_else(|_| store.known_version(), |progress| progress.mode.version);
    let nodes = live_nodes(store, clock, version).await?;
    Ok(Found {
        depths: store.depths().await?,
        pauses: store.pauses().await?,
        jobs: store.jobs().await?,
        windows: store.standing_windows().await?,
        seen: seen_by_all(own, &nodes),
        nodes,
        progress,
    })
}

/// The observations of this process and of the live ones. Its own are the freshest, so they win
/// where two processes on one machine see the same disk.
fn seen_by_all(own: Seen, nodes: &[LiveNode]) -> Vec<Seen> {
    let of_node = |live: &LiveNode| Seen { node: live.node.name.clone(), ..live.node.report.seen.clone() };
    let others: Vec<Seen> = nodes.iter().filter(|live| live.node.name != own.node).map(of_node).collect();
    // The disks of a machine on which only a command runs are not the gateway's.
    let is_elsewhere = own.is_of_command() && !others.is_empty() && others.iter().all(|seen| seen.host() != own.host());
    let mut all: Vec<Seen> = std::iter::once(own).filter(|_| !is_elsewhere).chain(others).collect();
    let (mut disks, mut files) = (HashSet::new(), HashSet::new());
    for seen in &mut all {
        let host = seen.host().to_owned();
        seen.disks.retain(|disk| disks.insert((host.clone(), disk.folder.clone())));
        seen.credentials = seen.credentials.take().filter(|left| files.insert((host.clone(), left.file.clone())));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::NodeId;
    use crate::domain::mode::{SeenMode, Version};
    use crate::domain::report::{Disk, Report};
    use crate::store::mode::Node;
    use jiff::Timestamp;

    fn seen(node: &str, folder: &str, log_lines_dropped: u64) -> Seen {
        let disks = vec![Disk { folder: folder.into(), free_bytes: 1, total_bytes: 2 }];
        Seen { node: node.into(), disks, log_lines_dropped, ..Seen::default() }
    }

    fn node(seen: Seen) -> LiveNode {
        let (id, name, seen_at) = (NodeId::mint(Timestamp::UNIX_EPOCH), seen.node.clone(), Timestamp::UNIX_EPOCH);
        let report = Report { loaded: None, seen };
        LiveNode {
            node: Node { id, name, version: Version(1), mode: SeenMode::Off, seen_at, report },
            seconds_ago: 0,
            behind: false,
        }
    }

    fn told(all: &[Seen]) -> Vec<(&str, usize, u64)> {
        all.iter().map(|seen| (seen.node.as_str(), seen.disks.len(), seen.log_lines_dropped)).collect()
    }

    #[test]
    fn each_process_is_heard_once_and_each_disk_of_a_machine_is_told_once() {
        let nodes = [node(seen("a:1", "data", 3)), node(seen("a:2", "data", 5)), node(seen("b:1", "data", 0))];
        let on_node = seen_by_all(seen("a:2", "data", 7), &nodes);
        assert_eq!(told(&on_node), [("a:2", 1, 7), ("a:1", 0, 3), ("b:1", 1, 0)]);
        let on_console = seen_by_all(seen("a", "data", 0), &nodes);
        assert_eq!(told(&on_console), [("a", 1, 0), ("a:1", 0, 3), ("a:2", 0, 5), ("b:1", 1, 0)]);
        let elsewhere = seen_by_all(seen("c", "data", 0), &nodes);
        assert_eq!(told(&elsewhere), [("a:1", 1, 3), ("a:2", 0, 5), ("b:1", 1, 0)]);
        assert_eq!(told(&seen_by_all(seen("c", "data", 0), &[])), [("c", 1, 0)], "no gateway runs");
    }
}
