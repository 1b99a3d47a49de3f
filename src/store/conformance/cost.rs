//! Sentences about what a transaction costs: how many statements it takes, however much it has to
//! do.

use super::{Subject, at, notification, offer, recipient, rules, turn};
use crate::domain::mail::Intent;
use crate::domain::mode::State;
use crate::domain::notification::Class;
use crate::store::claim::Settlement;
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// Statements of ledgers on this thread: a test has one.
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Takes note of a statement; every ledger does.
pub fn note() {
    STATEMENTS.set(STATEMENTS.get() + 1);
}

/// How many statements `work` takes.
async fn cost<T>(work: impl Future<Output = T>) -> (usize, T) {
    let before = STATEMENTS.get();
    let done = work.await;
    (STATEMENTS.get() - before, done)
}

async fn enqueue_secrets(store: &Subject, number: i64) {
    let new = |second| Arc::new(notification(Class::WriteDependent, at(second), "token"));
    store.enqueue((0..number).map(new).collect()).await.unwrap();
}

pub async fn a_change_that_suppresses_many_secrets_takes_as_many_statements_as_for_one(store: Subject) {
    enqueue_secrets(&store, 1).await;
    let (one, _) = cost(turn(&store, State::On, at(1))).await;
    turn(&store, State::Off, at(2)).await;
    enqueue_secrets(&store, 30).await;
    let (many, _) = cost(turn(&store, State::On, at(3))).await;
    assert_eq!(many, one);
}

pub async fn what_expires_is_wiped_with_as_many_statements_for_many_as_for_one(store: Subject) {
    const LATER: i64 = 10 * 86_400;
    enqueue_secrets(&store, 1).await;
    let (one, _) = cost(store.claim_deliveries(1, at(LATER))).await;
    enqueue_secrets(&store, 30).await;
    let (many, _) = cost(store.claim_deliveries(1, at(LATER))).await;
    assert_eq!(many, one);
}

/// Both kinds need the lock, the mode, the row and the message; the rest is how each begins and
/// ends a transaction.
pub async fn taking_handing_over_and_settling_a_mail_takes_few_statements(store: Subject) {
    let mail = offer(at(0), vec![recipient(Intent::Reply, "r")], "x");
    let (taking, answers) = cost(store.offer(mail, rules())).await;
    answers.unwrap();
    let (claiming, claims) = cost(store.claim_hand_overs(10, rules(), at(1))).await;
    let claim = claims.unwrap().pop().unwrap();
    let (settling, _) = cost(store.settle_hand_overs(vec![(claim, Settlement::Done("ok".into()))], at(2))).await;
    assert!(taking <= 6 && claiming <= 7 && settling <= 5, "{taking} {claiming} {settling}");
}
