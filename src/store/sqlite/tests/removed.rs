//! The store's files removed or replaced while the store is open.

use crate::domain::mail::Intent;
use crate::store::conformance::{at, offer, recipient, rules};
use crate::store::desk::DeskStore;
use crate::store::error::StoreError;
use crate::store::mail::MailStore;
use crate::store::mode::ModeRows;
use crate::store::sqlite::{Existing, SqliteStore};
use std::path::{Path, PathBuf};

fn beside(folder: &Path, ending: &str) -> PathBuf {
    folder.join(format!("postern.db{ending}"))
}

async fn take(store: &SqliteStore, seconds: i64) -> Result<(), StoreError> {
    let name = format!("mail-{seconds}");
    store.offer(offer(at(seconds), vec![recipient(Intent::Reply, &name)], &name), rules()).await.map(drop)
}

/// How much mail a gateway finds that starts on this file alone.
async fn found_in(file: &Path) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("postern.db");
    std::fs::copy(file, &copy).unwrap();
    let store = SqliteStore::open(&copy, Existing::Required).await.unwrap();
    store.depths().await.unwrap().waiting
}

#[tokio::test]
async fn after_the_log_is_removed_nothing_is_taken_and_all_that_was_taken_is_saved() {
    for ending in ["-wal", "-shm"] {
        let (store, folder) = super::fresh().await;
        for seconds in 0..20 {
            take(&store, seconds).await.unwrap();
        }
        assert!(found_in(&beside(folder.path(), "")).await < 20, "the log was folded already: this proves nothing");
        std::fs::remove_file(beside(folder.path(), ending)).unwrap();
        for seconds in 20..23 {
            let Err(StoreError::Unreachable(said)) = take(&store, seconds).await else { panic!("it was taken") };
            assert!(said.contains("was removed") && said.contains("restart the gateway"), "{said}");
        }
        assert!(store.mode().await.is_err(), "a mode that other processes cannot change any more was believed");
        assert_eq!(found_in(&beside(folder.path(), "")).await, 20);
    }
}

#[tokio::test]
async fn a_commit_into_a_log_that_was_removed_meanwhile_is_not_answered() {
    let (store, folder) = super::fresh().await;
    let log = beside(folder.path(), "-wal");
    let removed = store.writer.write(move |ledger| {
        let log = log.clone();
        Box::pin(async move {
            sqlx::query("UPDATE scrub SET wiped = wiped").execute(ledger.connection()).await.unwrap();
            std::fs::remove_file(log).map_err(|error| StoreError::Corrupt(error.to_string()))
        })
    });
    assert!(matches!(removed.await, Err(StoreError::Unreachable(_))));
}

#[tokio::test]
async fn a_log_put_back_from_a_copy_is_another_one() {
    let (store, folder) = super::fresh().await;
    take(&store, 0).await.unwrap();
    let (log, copy) = (beside(folder.path(), "-wal"), beside(folder.path(), "-copy"));
    std::fs::copy(&log, &copy).unwrap();
    std::fs::rename(&copy, &log).unwrap();
    assert!(matches!(take(&store, 1).await, Err(StoreError::Unreachable(_))));
}
