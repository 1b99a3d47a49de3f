//! What the fence costs: mails taken with it, and without its lock and its look at the mode. A
//! measurement, run by `benches/run.sh`.

use super::super::PostgresStore;
use super::super::ledger::Ledger;
use super::cluster::Database;
use crate::domain::mail::Intent;
use crate::domain::mode::Mode;
use crate::store::conformance::{at, offer, recipient, rules};
use crate::store::mail::Offer;
use crate::store::mode::ModeRows;
use crate::store::script::admit::Offering;
use crate::store::script::{Script, Scripts};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// In each round, one with the fence and one without.
const MAILS: usize = 2000;
const ROUNDS: usize = 8;
const CONNECTIONS: usize = 50;
const BYTES: usize = 10_240;

/// Takes a mail as the store does.
async fn fenced(store: &PostgresStore, mail: Arc<Offer>, _mode: &Mode) {
    store.enter(Offering { offer: mail, rules: rules() }).await.unwrap();
}

/// The same, believing what was read before.
async fn unfenced(store: &PostgresStore, mail: Arc<Offer>, mode: &Mode) {
    let (pool, known, mode) = (store.pool.clone(), store.known.clone(), mode.clone());
    let work = tokio::spawn(async move {
        let mut ledger = Ledger::take(&pool, known).await.unwrap();
        ledger.begin().await.unwrap();
        ledger.mode = Some(mode);
        Offering { offer: mail, rules: rules() }.run(&mut ledger).await.unwrap();
        ledger.commit().await.unwrap();
    });
    work.await.unwrap();
}

/// Mails a second over many connections.
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn rate(
    store: &PostgresStore,
    round: usize,
    take: impl AsyncFn(&PostgresStore, Arc<Offer>, &Mode) + Copy,
) -> f64 {
    let mode = store.mode().await.unwrap();
    let next = AtomicUsize::new(0);
    let client = async || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= MAILS {
                return;
            }
            let body = format!("{round} {number} {}", "x".repeat(BYTES));
            take(store, offer(at(0), vec![recipient(Intent::CreateIssue, "i")], &body), &mode).await;
        }
    };
    let began = Instant::now();
    futures_util::future::join_all((0..CONNECTIONS).map(|_| client())).await;
    MAILS as f64 / began.elapsed().as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[ignore = "it measures: benches/run.sh runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_fence_costs() {
    let (url, _database) = match std::env::var("POSTERN_BENCH_DATABASE") {
        Ok(url) => (url, None),
        Err(_) => {
            let database = Database::migrated().await;
            (database.url(), Some(database))
        }
    };
    let store = PostgresStore::open(&url).await.unwrap();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes first changes from round to round.
        for place in 0..2 {
            match (round + place) % 2 {
                0 => with.push(rate(&store, 2 * round, fenced).await),
                _ => without.push(rate(&store, 2 * round + 1, unfenced).await),
            }
        }
    }
    let costs = with.iter().zip(&without).map(|(with, without)| 100.0 * (1.0 - with / without)).collect();
    println!(
        "fence: {:.0} mails/s with it, {:.0} without it; it costs {:.1} % (medians of {ROUNDS} rounds of {MAILS} mails)",
        median(with),
        median(without),
        median(costs)
    );
}
