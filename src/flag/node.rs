//! The processes that follow the mode: the version each has seen, and when it last reported.

use crate::clock::Clock;
use crate::domain::mode::{SeenMode, Version};
use crate::store::Store;
use crate::store::error::Result;
use crate::store::mode::Node;
use jiff::Timestamp;
use std::time::Duration;

/// A process that has not reported for this long counts as gone.
pub const ALIVE: Duration = Duration::from_secs(15);

/// A live process, compared with the current mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveNode {
    /// What the process reported.
    pub node: Node,
    /// Seconds since that report.
    pub seconds_ago: i64,
    /// Whether it has yet to see the current version.
    pub behind: bool,
}

impl LiveNode {
    fn beside(node: Node, version: Version, now: Timestamp) -> Self {
        let seconds_ago = now.duration_since(node.seen_at).as_secs().max(0);
        Self { seconds_ago, behind: node.version < version, node }
    }

    /// Whether it follows the current version. False when it is behind, and when it has seen a
    /// higher version than the store has.
    #[must_use]
    pub fn follows(&self) -> bool {
        !self.behind && self.node.mode != SeenMode::Unknown
    }

    /// Its status in words; empty when all is well.
    #[must_use]
    pub fn remark(&self) -> &'static str {
        match (self.node.mode, self.behind) {
            (SeenMode::Unknown, _) => "does not believe the store: turn the mode on or off to say what holds",
            (SeenMode::Off | SeenMode::On, true) => "behind",
            (SeenMode::Off | SeenMode::On, false) => "",
        }
    }
}

/// The live processes, compared with the mode's `version`.
///
/// # Errors
/// When the store cannot be read.
pub async fn live_nodes(store: &dyn Store, clock: &dyn Clock, version: Version) -> Result<Vec<LiveNode>> {
    let now = clock.now();
    let since = now.saturating_sub(ALIVE).unwrap_or(Timestamp::MIN);
    let nodes = store.nodes(since).await?;
    Ok(nodes.into_iter().map(|node| LiveNode::beside(node, version, now)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::NodeId;
    use crate::domain::report::Report;

    fn node(version: Version, mode: SeenMode) -> LiveNode {
        let seen_at = Timestamp::from_second(100).unwrap();
        let node = Node {
            id: NodeId::mint(seen_at),
            name: "host:1".into(),
            version,
            mode,
            seen_at,
            report: Report::default(),
        };
        LiveNode::beside(node, Version(5), Timestamp::from_second(103).unwrap())
    }

    #[test]
    fn only_who_has_seen_the_current_version_and_believes_it_follows() {
        let follows: Vec<bool> = [
            node(Version(5), SeenMode::On),
            node(Version(4), SeenMode::On),
            node(Version(9), SeenMode::Unknown),
            node(Version(5), SeenMode::Unknown),
        ]
        .iter()
        .map(LiveNode::follows)
        .collect();
        assert_eq!(follows, [true, false, false, false]);
        assert_eq!(
            (node(Version(5), SeenMode::Off).remark(), node(Version(4), SeenMode::Off).remark()),
            ("", "behind")
        );
        assert!(node(Version(9), SeenMode::Unknown).remark().contains("turn the mode on or off"));
        assert_eq!(node(Version(5), SeenMode::On).seconds_ago, 3);
    }
}
