//! Races between nodes that share one database.

use super::cluster::Database;
use crate::store::conformance::race::{Arena, Entry, on_every_arena};
use crate::store::error::Result;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::fence::Fence;
use crate::store::postgres::ledger::Ledger;
use futures_util::future::BoxFuture;

/// A database that several nodes are connected to.
pub struct Shared(Database);

/// One with nothing in it, whose default isolation is the worst there is: the fence must not rest on it.
pub async fn arena() -> Shared {
    let database = Database::migrated().await;
    database.set("default_transaction_isolation = 'repeatable read'").await;
    Shared(database)
}

impl Arena for Shared {
    type Node = PostgresStore;
    type Ledger = Ledger;

    async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.0.url()).await.unwrap()
    }

    async fn enter<T, F>(node: PostgresStore, entry: Entry, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        let fence = match entry {
            Entry::Beside => Fence::Shared,
            Entry::Alone => Fence::Alone,
        };
        node.write(fence, script).await
    }
}

on_every_arena!(arena);
