//! The fence: after a change has returned, nothing judged under an older version appears any more.

use super::super::PostgresStore;
use super::cluster::Database;
use super::fresh;
use crate::domain::mail::Intent;
use crate::domain::mode::{State, Version};
use crate::store::conformance::{Subject, at, offer, recipient, rules, turn};
use crate::store::error::StoreError;
use crate::store::mail::MailStore;
use crate::store::mode::Changed;
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const WRITERS: u64 = 8;
const CHANGES: i64 = 60;

/// Accepted rows judged under a version before `version`.
async fn older(connection: &mut PgConnection, version: Version) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM recipient WHERE verdict = 'accept' AND mode_version < $1")
        .bind(version.0)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// Offers mail that the mode refuses, without end.
async fn keep_offering(store: Subject, writer: u64, stop: Arc<AtomicBool>, taken: Arc<AtomicU64>) {
    for number in 0u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let unique = format!("{writer} {number}");
        let mail = offer(at(0), vec![recipient(Intent::CreateIssue, "i")], &unique);
        store.offer(mail, rules()).await.unwrap();
        taken.fetch_add(1, Ordering::Relaxed);
    }
}

// Shown to fail by hand: with ENTER in `fence.rs` reduced to `SELECT 0::bigint AS standby WHERE $1
// = $1` (no lock), or with a bare `BEGIN` in `ledger.rs` (the database's isolation level then
// counts), rows of older versions appear after the change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_change_has_returned_no_row_of_an_older_version_appears() {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    // The worst default there is: the fence must not rest on it.
    database.set("default_transaction_isolation = 'repeatable read'").await;
    let node = PostgresStore::open(&database.url()).await.unwrap();
    let other: Subject = Arc::new(PostgresStore::open(&database.url()).await.unwrap());
    let (stop, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(keep_offering(Arc::new(node.clone()), writer, Arc::clone(&stop), Arc::clone(&taken)));
    }
    let mut seen = Vec::new();
    for change in 0..CHANGES {
        let before = taken.load(Ordering::Relaxed);
        let state = if change % 2 == 0 { State::On } else { State::Off };
        let Changed::Done { mode, .. } = turn(&other, state, at(change)).await else { panic!("not changed") };
        seen.push((mode.version, older(&mut connection, mode.version).await));
        // Some work under each version, so that there is something to lose.
        while taken.load(Ordering::Relaxed) < before + WRITERS {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    writers.join_all().await;
    for (version, count) in seen {
        assert_eq!(older(&mut connection, version).await, count, "rows appeared after version {version}");
    }
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM recipient r JOIN mode_change c ON c.version = r.mode_version
          WHERE (r.verdict = 'accept') <> (c.state = 'off')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(wrong, 0, "rows were judged against the state of their version");
}

#[tokio::test]
async fn who_waits_too_long_at_the_fence_is_told_so_and_leaves_nothing() {
    let (store, database) = fresh().await;
    let mut changing = database.connect().await;
    sqlx::query("BEGIN").execute(&mut changing).await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(super::super::fence::KEY)
        .execute(&mut changing)
        .await
        .unwrap();
    let mail = || offer(at(0), vec![recipient(Intent::Reply, "r")], "x");
    let kept_out = store.offer(mail(), rules()).await;
    assert!(matches!(kept_out, Err(StoreError::Unreachable(_))), "{kept_out:?}");
    sqlx::query("COMMIT").execute(&mut changing).await.unwrap();
    assert_eq!(older(&mut changing, Version(99)).await, 0);
    store.offer(mail(), rules()).await.unwrap();
}

#[tokio::test]
async fn a_change_is_announced_to_who_listens() {
    let (store, database) = fresh().await;
    let mut listener = PgListener::connect(&database.url()).await.unwrap();
    listener.listen("postern_mode").await.unwrap();
    let store: Subject = Arc::new(store);
    turn(&store, State::On, at(0)).await;
    assert_eq!(listener.recv().await.unwrap().payload(), "2");
}
