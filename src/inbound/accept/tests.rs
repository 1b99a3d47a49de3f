//! R2: a process's remembered mode is stale as soon as another process changes it.
//!
//! No follower runs here, so that the remembered mode stays stale as long as the test needs.
//!
//! Verified by hand that these tests can fail: *lets through*, when `first_look` accepts any
//! remembered mode; *keeps out*, when a refusal is answered without asking the store (`record`
//! returning the first look's verdicts).

use super::*;
use crate::clock::FixedClock;
use crate::domain::mode::State;
use crate::store::conformance::race::Arena;
use crate::store::conformance::{at, envelope, noon, recipient, rules, turn};
use crate::store::{postgres, sqlite};

/// The reception of a node that remembers the current mode, and a second node.
async fn remembering(arena: &impl Arena, state: State) -> (Reception, Arc<dyn Store>) {
    let (node, other) = (arena.node().await, arena.node().await);
    turn(&other, state, at(0)).await;
    let watch = Arc::new(Watch::new(Arc::clone(&node), Arc::new(FixedClock::at(noon()))));
    assert_eq!(watch.look().await.is_on(), state == State::On);
    (Reception::new(node, watch, rules(), "mx.test".into(), Arc::new(Notify::new())), other)
}

fn issue() -> Vec<Recipient> {
    vec![recipient(Intent::CreateIssue, "i")]
}

async fn a_remembered_off_lets_nothing_through(arena: impl Arena) {
    let (door, other) = remembering(&arena, State::Off).await;
    turn(&other, State::On, at(1)).await;
    let raw = Bytes::from_static(b"Subject: x\r\n\r\nx\r\n");
    let dot = door.offer(envelope(at(2)), issue(), raw, AnswerFor::TheMail).await;
    assert!(matches!(dot.as_deref(), Ok([OfferAnswer::Turned(..)])), "{dot:?}");
    let rcpt = door.judge(&envelope(at(2)), issue()).await;
    assert!(matches!(rcpt[..], [RecipientAnswer::Turned(..)]), "{rcpt:?}");
}

async fn a_remembered_on_keeps_nothing_out(arena: impl Arena) {
    let (door, other) = remembering(&arena, State::On).await;
    turn(&other, State::Off, at(1)).await;
    let rcpt = door.judge(&envelope(at(2)), issue()).await;
    assert!(matches!(rcpt[..], [RecipientAnswer::Welcome]), "{rcpt:?}");
}

#[tokio::test]
async fn on_sqlite_a_remembered_off_lets_nothing_through() {
    a_remembered_off_lets_nothing_through(sqlite::tests::arena::arena().await).await;
}

#[tokio::test]
async fn on_postgres_a_remembered_off_lets_nothing_through() {
    a_remembered_off_lets_nothing_through(postgres::tests::arena::arena().await).await;
}

#[tokio::test]
async fn on_sqlite_a_remembered_on_keeps_nothing_out() {
    a_remembered_on_keeps_nothing_out(sqlite::tests::arena::arena().await).await;
}

#[tokio::test]
async fn on_postgres_a_remembered_on_keeps_nothing_out() {
    a_remembered_on_keeps_nothing_out(postgres::tests::arena::arena().await).await;
}
