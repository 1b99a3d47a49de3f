//! What every store must do, asked of PostgreSQL; and what only PostgreSQL must.

pub mod arena;
mod cluster;
mod collision;
mod cost;
mod fence;
mod listen;
mod opening;
mod position;
mod summary;
mod wiped;

use super::PostgresStore;
use crate::store::conformance::{drained, on_every_store};
use cluster::Database;

/// An open store on a fresh database.
async fn fresh() -> (PostgresStore, Database) {
    let database = Database::migrated().await;
    (PostgresStore::open(&database.url()).await.unwrap(), database)
}

on_every_store!(fresh);

#[test]
fn drained_is_said_when_and_only_when_nothing_of_before_is_under_way() {
    drained::check(10, fresh);
}
