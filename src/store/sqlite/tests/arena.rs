//! Races between processes that share one file: each node has a writer of its own, as a process
//! does.

use crate::store::conformance::race::{Arena, on_every_arena};
use crate::store::sqlite::{Existing, SqliteStore};
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

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path, Existing::Required).await.unwrap()
    }
}

on_every_arena!(arena);
