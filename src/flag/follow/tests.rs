//! Followers on a store that is read by turns only.

use super::Follower;
use crate::clock::{Clock, FixedClock};
use crate::domain::mode::{SeenMode, State, Version};
use crate::flag::node::live_nodes;
use crate::flag::watch::Watch;
use crate::store::Store;
use crate::store::conformance::{forget_down_to, noon, turn};
use crate::store::sqlite::{Existing, SqliteStore};
use std::sync::Arc;

/// One process: its own store handle and its follower.
async fn process(path: &std::path::Path, clock: &FixedClock, name: &str) -> (Arc<dyn Store>, Follower) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, Existing::CreateIfMissing).await.unwrap());
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let watch = Arc::new(Watch::new(Arc::clone(&store), Arc::clone(&clock)));
    (Arc::clone(&store), Follower::new(store, watch, clock, name.to_owned()))
}

#[tokio::test]
async fn a_process_that_has_seen_more_than_the_store_has_says_so_and_the_others_believe_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("postern.db"), FixedClock::at(noon()));
    let (one, mut one_follows) = process(&path, &clock, "one").await;
    let (other, mut other_follows) = process(&path, &clock, "other").await;
    one_follows.tick().await;
    other_follows.tick().await;
    forget_down_to(&one, Version(9)).await;
    one_follows.tick().await;
    clock.advance(super::HEARTBEAT);
    // It learns of the change while it reports, and reports it in its next turn.
    other_follows.tick().await;
    other_follows.tick().await;
    assert_eq!(other.known_version(), Version(9));
    let nodes = live_nodes(one.as_ref(), &clock, Version(1)).await.unwrap();
    let said: Vec<_> = nodes.iter().map(|n| (n.node.name.as_str(), n.node.version.0, n.node.mode)).collect();
    let unknown = SeenMode::Unknown;
    assert_eq!(said, [("one", 9, unknown), ("other", 9, unknown), ("witness", 9, unknown)]);
    assert!(nodes.iter().all(|node| !node.follows()));
    turn(&other, State::On, noon()).await;
    one_follows.tick().await;
    other_follows.tick().await;
    let follows =
        live_nodes(one.as_ref(), &clock, Version(10)).await.unwrap().iter().filter(|node| node.follows()).count();
    assert_eq!(follows, 2);
}

#[tokio::test]
async fn a_process_that_leaves_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FixedClock::at(noon());
    let (store, mut follower) = process(&folder.path().join("postern.db"), &clock, "one").await;
    follower.tick().await;
    assert_eq!(live_nodes(store.as_ref(), &clock, Version(1)).await.unwrap().len(), 1);
    follower.leave().await;
    assert_eq!(live_nodes(store.as_ref(), &clock, Version(1)).await.unwrap(), []);
}
