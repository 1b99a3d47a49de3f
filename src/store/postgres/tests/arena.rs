//! Races between nodes that share one database.

use super::cluster::Database;
use crate::store::conformance::race::{Arena, on_every_arena};
use crate::store::postgres::PostgresStore;

/// A database that several nodes are connected to.
pub struct Shared(Database);

/// One with nothing in it, whose default isolation is the worst there is: the fence must not rest
/// on it.
pub async fn arena() -> Shared {
    let database = Database::migrated().await;
    database.set("default_transaction_isolation = 'repeatable read'").await;
    Shared(database)
}

impl Arena for Shared {
    type Node = PostgresStore;

    async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.0.url()).await.unwrap()
    }
}

on_every_arena!(arena);
