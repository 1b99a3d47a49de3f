//! Races between processes that share one file: each node has a writer of its own, as a process does.

use crate::store::conformance::race::{Arena, Entry, on_every_arena};
use crate::store::error::Result;
use crate::store::sqlite::ledger::Ledger;
use crate::store::sqlite::{Existing, SqliteStore};
use futures_util::future::BoxFuture;
use std::path::PathBuf;

/// A file that several nodes have open.
pub struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// One with nothing in it.
pub async fn arena() -> File {
    let (store, folder) = super::fresh().await;
    store.close().await;
    File { path: folder.path().join("postern.db"), _folder: folder }
}

impl Arena for File {
    type Node = SqliteStore;
    type Ledger = Ledger;

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path, Existing::Required).await.unwrap()
    }

    async fn enter<T, F>(node: SqliteStore, _entry: Entry, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        node.writer.write(0, script).await
    }
}

on_every_arena!(arena);
