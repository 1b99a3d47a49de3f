//! Scrubbing beside a reader, and after the process that wiped has ended.

use crate::domain::mode::State;
use crate::domain::notification::Class;
use crate::store::conformance::{Subject, noon, notification, turn};
use crate::store::notification::NotificationStore;
use crate::store::sqlite::open::{BUSY, options};
use crate::store::sqlite::writer::scrub::{WIPED, scrub};
use crate::store::sqlite::{Existing, SqliteStore};
use sqlx::{ConnectOptions, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const BOUND: Duration = Duration::from_secs(60);
const SECRET: &str = "s3cret-reset-token";

async fn run(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).fetch_all(connection).await.unwrap();
}

/// A shell or backup that keeps reading what is there now.
async fn reader(path: &Path) -> SqliteConnection {
    let mut reader = options(path).connect().await.unwrap();
    run(&mut reader, "BEGIN").await;
    run(&mut reader, "SELECT * FROM mode").await;
    reader
}

fn holds_secret(path: &Path) -> bool {
    let files = [path.to_owned(), path.with_extension("db-wal")];
    let holds = |bytes: Vec<u8>| memchr::memmem::find(&bytes, SECRET.as_bytes()).is_some();
    files.iter().any(|file| std::fs::read(file).is_ok_and(holds))
}

#[tokio::test]
async fn a_reader_is_never_waited_for_and_work_waits_for_the_lock_as_before() {
    let (store, folder) = super::fresh().await;
    store.close().await;
    let path = folder.path().join("postern.db");
    let mut writer = options(&path).busy_timeout(Duration::from_secs(3600)).connect().await.unwrap();
    let mut reader = reader(&path).await;
    run(&mut writer, WIPED).await;
    let busy = tokio::time::timeout(BOUND, scrub(&mut writer)).await.expect("it waited for the reader");
    assert!(matches!(busy, Ok(false)), "{busy:?}");
    let wait: i64 = sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(&mut writer).await.unwrap();
    assert_eq!(Duration::from_millis(wait.unsigned_abs()), BUSY);
    run(&mut reader, "ROLLBACK").await;
    assert!(matches!(scrub(&mut writer).await, Ok(true)));
}

#[tokio::test]
async fn what_a_console_wiped_while_somebody_read_is_scrubbed_by_the_next_who_looks() {
    let (console, folder) = super::fresh().await;
    let path = folder.path().join("postern.db");
    let secret = Arc::new(notification(Class::WriteDependent, noon(), SECRET));
    console.enqueue(vec![secret]).await.unwrap();
    let mut reader = reader(&path).await;
    let mut gateway = options(&path).connect().await.unwrap();
    let subject: Subject = Arc::new(console.clone());
    turn(&subject, State::On, noon()).await;
    tokio::time::timeout(BOUND, console.close()).await.expect("it waited for the reader");
    assert!(holds_secret(&path), "the search finds nothing at all");
    assert!(matches!(scrub(&mut gateway).await, Ok(false)));
    run(&mut reader, "ROLLBACK").await;
    assert!(matches!(scrub(&mut gateway).await, Ok(true)));
    assert!(!holds_secret(&path));
    let written = || std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    let before = written();
    assert!(matches!(scrub(&mut gateway).await, Ok(true)));
    assert_eq!(written(), before, "it is done and was done again");
}

#[tokio::test]
async fn a_new_start_scrubs_what_was_left() {
    let (store, folder) = super::fresh().await;
    store.close().await;
    let path = folder.path().join("postern.db");
    let mut other = options(&path).connect().await.unwrap();
    run(&mut other, WIPED).await;
    let store = SqliteStore::open(&path, Existing::Required).await.unwrap();
    store.close().await;
    let left: i64 = sqlx::query_scalar("SELECT wiped - scrubbed FROM scrub").fetch_one(&mut other).await.unwrap();
    assert_eq!(left, 0);
}
