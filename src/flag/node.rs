//! Who follows the mode: the live processes, the version each has seen, and how long ago it said so.

use crate::clock::Clock;
use crate::domain::mode::SeenMode;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::mode::Node;
use jiff::Timestamp;
use std::time::Duration;

/// A process not heard of for so long counts as gone.
pub const ALIVE: Duration = Duration::from_secs(15);

/// A live process, beside the mode it should have seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LiveNode {
    /// What it said of itself.
    #[serde(flatten)]
    pub node: Node,
    /// How long ago it said so.
    pub seconds_ago: i64,
    /// Has it not seen the current version yet?
    pub behind: bool,
}

impl LiveNode {
    fn beside(node: Node, version: i64, now: Timestamp) -> Self {
        let seconds_ago = now.duration_since(node.seen_at).as_secs().max(0);
        Self { seconds_ago, behind: node.version < version, node }
    }

    /// Does it follow the current version? Not when it is behind, nor when it has seen more than the store has.
    #[must_use]
    pub fn follows(&self) -> bool {
        !self.behind && self.node.mode != SeenMode::Unknown
    }

    /// How it stands, in words; empty when all is well.
    #[must_use]
    pub fn remark(&self) -> &'static str {
        match (self.node.mode, self.behind) {
            (SeenMode::Unknown, _) => "does not believe the store: turn the mode on or off to say what holds",
            (SeenMode::Off | SeenMode::On, true) => "behind",
            (SeenMode::Off | SeenMode::On, false) => "",
        }
    }
}

/// The processes that are alive, beside the mode's `version`.
///
/// # Errors
/// When the store cannot be read.
pub async fn live_nodes(store: &dyn Store, clock: &dyn Clock, version: i64) -> Result<Vec<LiveNode>> {
    let now = clock.now();
    let since = now.saturating_sub(ALIVE).unwrap_or(Timestamp::MIN);
    let nodes = store.nodes(since).await?;
    Ok(nodes.into_iter().map(|node| LiveNode::beside(node, version, now)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::NodeId;

    fn node(version: i64, mode: SeenMode) -> LiveNode {
        let seen_at = Timestamp::from_second(100).unwrap();
        let node = Node { id: NodeId::mint(seen_at), name: "host:1".into(), version, mode, seen_at };
        LiveNode::beside(node, 5, Timestamp::from_second(103).unwrap())
    }

    #[test]
    fn only_who_has_seen_the_current_version_and_believes_it_follows() {
        let follows: Vec<bool> =
            [node(5, SeenMode::On), node(4, SeenMode::On), node(9, SeenMode::Unknown), node(5, SeenMode::Unknown)]
                .iter()
                .map(LiveNode::follows)
                .collect();
        assert_eq!(follows, [true, false, false, false]);
        assert_eq!((node(5, SeenMode::Off).remark(), node(4, SeenMode::Off).remark()), ("", "behind"));
        assert!(node(9, SeenMode::Unknown).remark().contains("turn the mode on or off"));
        assert_eq!(node(5, SeenMode::On).seconds_ago, 3);
    }
}
