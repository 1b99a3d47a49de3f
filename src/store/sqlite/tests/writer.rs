//! The writer when the lock is not to be had, and when it dies.

use crate::domain::mode::Version;
use crate::store::conformance::at;
use crate::store::error::{Result, StoreError};
use crate::store::known::Known;
use crate::store::mode::ModeRows;
use crate::store::sqlite::ledger::Ledger;
use crate::store::sqlite::open::options;
use crate::store::sqlite::place::Place;
use crate::store::sqlite::writer::Writer;
use sqlx::{ConnectOptions, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

async fn run(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_group_that_does_not_get_the_lock_is_answered_at_once_not_one_by_one() {
    let (store, folder) = super::fresh().await;
    store.close().await;
    let path = folder.path().join("postern.db");
    let options = options(&path).busy_timeout(Duration::from_millis(300));
    let mut ledger = Ledger::open(&options, Known::default()).await.unwrap();
    // The first transaction makes the log, and only then the store's files are known.
    ledger.begin().await.unwrap();
    ledger.roll_back().await;
    let writer = Writer::start(ledger, options.clone(), Place::of(&path));
    // A reader is always there, so SQLite does not remove the log when the writer opens anew.
    let mut reader = options.connect().await.unwrap();
    run(&mut reader, "SELECT count(*) FROM node").await;
    let mut other = options.connect().await.unwrap();
    run(&mut other, "BEGIN IMMEDIATE").await;
    let other = Arc::new(Mutex::new(Some(other)));
    // All are queued before the writer looks; the first answer lets go of the lock.
    let answers: Vec<Result<()>> = futures_util::future::join_all((0..20).map(|_| async {
        let answer = writer.write(|_| Box::pin(async { Ok(()) })).await;
        if let Some(mut other) = other.lock().await.take() {
            run(&mut other, "ROLLBACK").await;
        }
        answer
    }))
    .await;
    let late = answers.iter().filter(|answer| !matches!(answer, Err(StoreError::Unreachable(_)))).count();
    assert_eq!(late, 0, "so many were tried again alone");
    writer.write(|_| Box::pin(async { Ok(()) })).await.unwrap();
}

#[tokio::test]
async fn one_bad_script_of_a_group_fails_alone() {
    let (store, _folder) = super::fresh().await;
    let answers = futures_util::future::join_all((0..5).map(|n| {
        store.writer.write(move |ledger| {
            Box::pin(async move {
                sqlx::query("INSERT INTO node (id, name, version, seen_at) VALUES ($1, 'a', 1, 0)")
                    .bind(n.to_string())
                    .execute(ledger.connection())
                    .await
                    .unwrap();
                if n == 3 { Err(StoreError::Corrupt("bad".into())) } else { Ok(n) }
            })
        })
    }))
    .await;
    let well: Vec<i32> = answers.into_iter().flatten().collect();
    assert_eq!(well, [0, 1, 2, 4]);
    let nodes: i64 = sqlx::query_scalar("SELECT count(*) FROM node").fetch_one(&store.readers).await.unwrap();
    assert_eq!(nodes, 4);
}

#[tokio::test]
async fn a_writer_that_dies_is_noticed() {
    let (store, _folder) = super::fresh().await;
    let lost: Result<()> = store.writer.write(|_| Box::pin(async { panic!("a defect") })).await;
    assert!(matches!(lost, Err(StoreError::Unreachable(_))));
    store.ended().await;
}

#[tokio::test]
async fn a_store_that_works_has_not_ended() {
    let (store, _folder) = super::fresh().await;
    let other = store.clone();
    store.writer.write(|_| Box::pin(async { Ok(()) })).await.unwrap();
    assert!(futures_util::FutureExt::now_or_never(other.ended()).is_none());
    store.close().await;
    other.ended().await;
}

#[tokio::test]
async fn a_store_that_somebody_keeps_locked_is_found_unwritable_and_still_read() {
    let (store, folder) = super::fresh().await;
    store.probe_write(at(1)).await.unwrap();
    let mut other = options(&folder.path().join("postern.db")).connect().await.unwrap();
    run(&mut other, "BEGIN EXCLUSIVE").await;
    assert!(matches!(store.probe_write(at(2)).await, Err(StoreError::Unreachable(_))));
    assert_eq!(store.mode().await.unwrap().version, Version(1));
    run(&mut other, "ROLLBACK").await;
    store.probe_write(at(3)).await.unwrap();
}
