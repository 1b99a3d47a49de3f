//! What every store must do, asked of SQLite; and what only SQLite must.

pub mod arena;
mod opening;
mod removed;
mod scrub;
mod writer;

use super::{Existing, SqliteStore};
use crate::store::conformance::{drained, on_every_store};

async fn fresh() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
    (store, folder)
}

on_every_store!(fresh);

#[test]
fn drained_is_said_when_and_only_when_nothing_of_before_is_under_way() {
    drained::check(40, fresh);
}
