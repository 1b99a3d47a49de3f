//! Where the store stands, for an operator who compares it with a standby.

use super::fresh;
use crate::store::position::PositionStore;

#[tokio::test]
async fn the_end_of_the_log_moves_with_each_commit_and_no_standby_is_waited_for() {
    let (store, database) = fresh().await;
    let before = store.position().await.unwrap().unwrap();
    assert!(!before.waits_for_standby, "this cluster has no standby");
    sqlx::query("UPDATE probe SET written_at = 1").execute(&mut database.connect().await).await.unwrap();
    let after = store.position().await.unwrap().unwrap();
    assert!(after.lsn != before.lsn && after.lsn.contains('/'), "{after:?}");
}
