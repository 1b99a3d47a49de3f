//! Races of the mode itself, and of what is said about it.

use super::super::{Subject, at, notification, offer, recipient, rules, turn};
use super::{Arena, Stop, admitting, changing, looking, passing_dot, waits};
use crate::domain::mail::Intent;
use crate::domain::mode::{Change, How, State, Version};
use crate::domain::notification::Class;
use crate::store::drain::Drain;
use crate::store::mail::Admission;
use crate::store::mode::{Author, Changed};
use std::sync::Arc;
use tokio::task::JoinHandle;

async fn drain(store: &Subject, seconds: i64) -> Drain {
    store.drain(rules(), at(seconds)).await.unwrap()
}

async fn accept(store: &Subject, seconds: i64, body: &str) {
    let mail = offer(at(seconds), vec![recipient(Intent::CreateIssue, "i")], body);
    assert!(matches!(Admission::of(store.offer(mail, rules()).await.unwrap()), Admission::Taken(_)));
}

/// Turns the mode on and looks, beside what the test does.
fn turning_and_looking(store: &Subject) -> JoinHandle<Drain> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        turn(&store, State::On, at(1)).await;
        drain(&store, 2).await
    })
}

/// R14: two administrators act on what both saw, and one of them tries again after no answer came.
///
/// Shown to fail by hand: with `change_mode` not minding the expected version, on both stores; with
/// `BEGIN` on SQLite; without the lock in CLOSE on PostgreSQL.
pub async fn of_two_changes_on_the_version_both_saw_one_is_told_that_it_moved<A: Arena>(arena: A) {
    let other = arena.node().await;
    let change = async |store: Subject, message: Option<&str>| {
        let message = Some(message.map(str::to_owned));
        let change = Change { state: Some(State::On), message, until: None };
        store.change_mode(change, Some(Version(1)), Author { name: "ann".into(), how: How::Api }, at(1)).await.unwrap()
    };
    let first = changing(&arena, Stop::HavingRead, State::On, Some(Version(1))).await;
    let mut second = tokio::spawn(change(Arc::clone(&other), Some("mine")));
    assert!(waits(&mut second).await, "both were decided at once");
    assert!(matches!(first.finish().await, Ok(Changed::Done { mode, .. }) if mode.version == Version(2)));
    for told in [second.await.unwrap(), change(Arc::clone(&other), None).await] {
        assert!(
            matches!(&told, Changed::Moved(mode) if mode.version == Version(2) && mode.message.is_none()),
            "{told:?}"
        );
    }
    assert!(matches!(turn(&other, State::On, at(2)).await, Changed::Same(mode) if mode.version == Version(2)));
    assert_eq!(other.history(10).await.unwrap().len(), 2);
}

/// R15: on, off and on again between two looks.
///
/// Shown to fail by hand: with due mail counted from the first time the mode was on, on both
/// stores; with the mode kept from one transaction to the next on SQLite.
pub async fn the_drain_of_one_maintenance_is_not_taken_for_that_of_the_next<A: Arena>(arena: A) {
    let (node, other) = (arena.node().await, arena.node().await);
    turn(&node, State::On, at(1)).await;
    assert!(drain(&node, 2).await.is_drained());
    turn(&other, State::Off, at(3)).await;
    accept(&other, 4, "between").await;
    turn(&other, State::On, at(5)).await;
    let again = drain(&node, 6).await;
    assert_eq!((again.mode.version, again.is_drained(), again.left.due_hand_overs), (Version(4), false, 1));
    let history = other.history(10).await.unwrap();
    let drained: Vec<_> = history.iter().map(|entry| (entry.mode.version.0, entry.drained_at)).collect();
    assert_eq!(drained, [(4, None), (3, None), (2, Some(at(2))), (1, None)]);
}

/// R15: the same on a clock that stands still or was set back.
///
/// Shown to fail by hand: as it was: with due mail counted from the time the maintenance began, on
/// both stores.
pub async fn maintenances_that_begin_at_the_same_instant_are_told_apart<A: Arena>(arena: A) {
    let node = arena.node().await;
    turn(&node, State::On, at(1)).await;
    turn(&node, State::Off, at(1)).await;
    accept(&node, 1, "between").await;
    turn(&node, State::On, at(1)).await;
    assert!(!drain(&node, 1).await.is_drained(), "the mail accepted in between is forgotten");
}

/// R15: the maintenance ends while it is looked at.
///
/// Shown to fail by hand: without the lock (`BEGIN` on SQLite, ENTER without a lock or a change
/// that takes `Fence::Shared` on PostgreSQL).
pub async fn a_change_waits_for_the_look_at_what_is_left<A: Arena>(arena: A) {
    let other = arena.node().await;
    turn(&other, State::On, at(1)).await;
    let looking = looking(&arena, Stop::HavingRead, at(2)).await;
    let mut ending = super::turning(&other, State::Off, at(3));
    assert!(waits(&mut ending).await, "the change did not wait");
    let looked = looking.finish().await.unwrap();
    assert_eq!((looked.mode.version, looked.drained_at), (Version(2), Some(at(2))));
    ending.await.unwrap();
    assert!(!drain(&other, 4).await.is_drained());
    let history = other.history(10).await.unwrap();
    assert!(history.iter().all(|entry| entry.drained_at.is_none() || entry.mode.version == Version(2)));
}

/// Drained under a version says that nothing older can still be committed.
///
/// Shown to fail by hand: without the lock, as above.
pub async fn drained_is_not_said_while_a_mail_judged_before_is_being_kept<A: Arena>(arena: A) {
    let other = arena.node().await;
    let mail = offer(at(0), vec![recipient(Intent::CreateIssue, "i")], "x");
    let admitting = admitting(&arena, Stop::HavingRead, mail).await;
    let mut looking = turning_and_looking(&other);
    assert!(waits(&mut looking).await, "it was looked at although a mail may still come");
    assert!(matches!(admitting.finish().await.map(Admission::of), Ok(Admission::Taken(_))));
    let looked = looking.await.unwrap();
    assert_eq!((looked.is_drained(), looked.left.due_hand_overs), (false, 1));
}

/// Drained says that no blocked delivery may still be written.
///
/// Shown to fail by hand: without the lock, as above, and with `suppress` not minding `dot_at`, on
/// both stores.
pub async fn drained_is_not_said_while_a_dot_is_being_passed<A: Arena>(arena: A) {
    let other = arena.node().await;
    other.enqueue(vec![Arc::new(notification(Class::Paging, at(0), "page"))]).await.unwrap();
    let claim = other.claim_deliveries(1, at(0)).await.unwrap().pop().unwrap();
    let passing = passing_dot(&arena, Stop::HavingRead, &claim, at(0)).await;
    let mut looking = turning_and_looking(&other);
    assert!(waits(&mut looking).await, "it was looked at although a page may still be written");
    assert!(passing.finish().await.unwrap());
    let looked = looking.await.unwrap();
    assert_eq!((looked.is_drained(), looked.left.blocked_deliveries), (false, 1));
}
