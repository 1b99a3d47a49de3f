//! Listening: changes of other processes ring at once, and a connection that breaks comes back by
//! itself, ringing for what it missed.
//!
//! Shown to fail by hand: without the first ring in `listen::hear`, what was missed stays unheard
//! of.

use super::super::listen::NAME;
use super::fresh;
use crate::domain::mode::{State, Version};
use crate::store::conformance::{Subject, at, turn};
use crate::store::postgres::PostgresStore;
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

struct Ear {
    bell: Arc<Notify>,
    listening: JoinHandle<()>,
}

impl Ear {
    /// One that listens already.
    async fn on(store: &Subject) -> Self {
        let (store, bell) = (Arc::clone(store), Arc::new(Notify::new()));
        let ringing = Arc::clone(&bell);
        let ear = Self { bell, listening: tokio::spawn(async move { store.listen(ringing).await }) };
        ear.rings().await;
        ear
    }

    async fn rings(&self) {
        tokio::time::timeout(Duration::from_secs(20), self.bell.notified()).await.expect("a ring");
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The listener's connections to this test's database.
async fn listeners(outside: &mut PgConnection) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()";
    sqlx::query_scalar(count).bind(NAME).fetch_one(outside).await.unwrap()
}

async fn until_nobody_listens(outside: &mut PgConnection) {
    let gone = async {
        while listeners(outside).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the listener's connection ends");
}

/// Ends the listener's connection, as an operator or a failover does.
async fn cut_off(outside: &mut PgConnection) {
    assert_eq!(listeners(outside).await, 1);
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()";
    sqlx::query(cut).bind(NAME).execute(&mut *outside).await.unwrap();
    until_nobody_listens(outside).await;
}

/// Refuses or allows new connections; the open ones stay.
async fn allow(is_allowed: bool, outside: &mut PgConnection) {
    let allow = "UPDATE pg_database SET datallowconn = $1 WHERE datname = current_database()";
    sqlx::query(allow).bind(is_allowed).execute(outside).await.unwrap();
}

#[tokio::test]
async fn a_change_by_another_process_rings_at_once() {
    let (store, database) = fresh().await;
    let (store, other): (Subject, Subject) =
        (Arc::new(store), Arc::new(PostgresStore::open(&database.url()).await.unwrap()));
    let ear = Ear::on(&store).await;
    for (version, state) in [(2, State::On), (3, State::Off), (4, State::On)] {
        turn(&other, state, at(version)).await;
        ear.rings().await;
        assert_eq!(store.mode().await.unwrap().version.0, version);
    }
}

#[tokio::test]
async fn a_listener_that_was_cut_off_comes_back_and_rings_for_what_it_missed() {
    let (store, database) = fresh().await;
    let other = PostgresStore::open(&database.url()).await.unwrap();
    // One connection is open before new ones are refused.
    drop(other.pool.acquire().await.unwrap());
    while other.pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    let (store, other): (Subject, Subject) = (Arc::new(store), Arc::new(other));
    let mut outside = database.connect().await;
    let ear = Ear::on(&store).await;
    allow(false, &mut outside).await;
    cut_off(&mut outside).await;
    turn(&other, State::On, at(1)).await;
    // The listener could not have heard of it.
    assert!(futures_util::FutureExt::now_or_never(ear.bell.notified()).is_none());
    allow(true, &mut outside).await;
    ear.rings().await;
    assert_eq!(store.mode().await.unwrap().version, Version(2));
    // And it listens again.
    turn(&other, State::Off, at(2)).await;
    ear.rings().await;
    assert!(!ear.listening.is_finished());
}

#[tokio::test]
async fn who_stops_listening_leaves_no_connection_behind() {
    let (store, database) = fresh().await;
    let store: Subject = Arc::new(store);
    drop(Ear::on(&store).await);
    let mut outside = database.connect().await;
    until_nobody_listens(&mut outside).await;
}
