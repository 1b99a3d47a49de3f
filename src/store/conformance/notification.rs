//! Sentences about mail going out.

use super::{Subject, at, idempotency, notification, rules, turn};
use crate::domain::failure::Failure;
use crate::domain::mode::State;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::store::claim::{Claim, LEASE, Settled, Settlement};
use crate::store::desk::{Action, Page, QueueFilter, Resend, SuppressedFilter};
use crate::store::mode::Changed;
use crate::store::notification::{Accepted, Enqueued, NewNotification, Sending};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

const ALL: Page = Page { limit: 1000, after: None };

async fn enqueue(store: &Subject, new: NewNotification) -> Accepted {
    match store.enqueue(vec![Arc::new(new)]).await.unwrap().pop().unwrap() {
        Enqueued::New(receipt) | Enqueued::Replayed(receipt) => receipt.accepted,
        Enqueued::KeyReused => panic!("the key was reused"),
    }
}

async fn claim(store: &Subject, seconds: i64) -> Vec<Claim<Sending>> {
    store.claim_deliveries(100, at(seconds)).await.unwrap()
}

async fn state(store: &Subject, accepted: &Accepted) -> DeliveryState {
    store.notification(accepted.id).await.unwrap().unwrap().deliveries[0].state
}

pub async fn an_enqueued_notification_is_sent_once_with_its_bytes(store: Subject) {
    let accepted = enqueue(&store, notification(Class::Ordinary, at(0), "bytes")).await;
    assert_eq!(accepted.state, DeliveryState::Queued);
    let sending = claim(&store, 1).await.pop().unwrap();
    assert_eq!((&sending.item.raw[..], sending.item.attempt), (&b"bytes"[..], 1));
    store.settle_delivery(sending, Settlement::Done("250 ok".into()), at(2)).await.unwrap();
    assert_eq!(state(&store, &accepted).await, DeliveryState::Delivered);
    assert!(claim(&store, 100).await.is_empty());
}

pub async fn under_the_mode_each_class_goes_its_way(store: Subject) {
    turn(&store, State::On, at(0)).await;
    for class in Class::ALL {
        let accepted = enqueue(&store, notification(*class, at(1), "bytes")).await;
        let (sent, waits) = (matches!(class, Class::Ordinary | Class::System), *class == Class::Unclassified);
        assert_eq!(accepted.state == DeliveryState::Queued, sent || waits, "{class}");
        assert_eq!(accepted.reason.as_deref(), (!sent).then_some("maintenance"));
    }
    assert_eq!(claim(&store, 2).await.len(), 2);
    let suppressed = store.suppressed(SuppressedFilter::default(), ALL).await.unwrap();
    let kept: Vec<_> = suppressed.iter().map(|row| (row.class, row.resend)).collect();
    assert!(kept.contains(&(Class::WriteDependent, Resend::MustBeRequestedAnew)));
    assert!(kept.len() == 2 && kept.contains(&(Class::Paging, Resend::Possible)), "{kept:?}");
}

pub async fn what_is_unclassified_waits_for_the_end_of_the_mode_and_says_so(store: Subject) {
    let early = enqueue(&store, notification(Class::Unclassified, at(0), "early")).await;
    let claimed = claim(&store, 0).await.pop().unwrap();
    let second = enqueue(&store, notification(Class::Unclassified, at(1), "second")).await;
    turn(&store, State::On, at(2)).await;
    assert!(!store.pass_dot(&claimed, at(3)).await.unwrap(), "a claim was not taken back");
    let late = store.release_delivery(claimed, at(3), at(3)).await.unwrap();
    assert_eq!(late, Settled::LeaseLost);
    let third = enqueue(&store, notification(Class::Unclassified, at(4), "third")).await;
    store.act(second.deliveries[0].id.into(), Action::Retry, at(5)).await.unwrap();
    assert!(claim(&store, 6).await.is_empty());
    for accepted in [&early, &second, &third] {
        let record = store.notification(accepted.id).await.unwrap().unwrap();
        assert_eq!(record.deliveries[0].reason.as_deref(), Some("maintenance"));
        let item = store.queue_item(accepted.deliveries[0].id.into()).await.unwrap().unwrap();
        assert_eq!((item.reason.as_deref(), item.next_attempt_at, item.attempts), (Some("maintenance"), None, 0));
    }
    let queue = store.queue(QueueFilter::default(), ALL).await.unwrap();
    assert!(queue.len() == 3 && queue.iter().all(|item| item.reason.as_deref() == Some("maintenance")));
    assert_eq!(store.depths().await.unwrap().unclassified, 3);
    assert!(store.suppressed(SuppressedFilter::default(), ALL).await.unwrap().is_empty());
    turn(&store, State::Off, at(7)).await;
    let item = store.queue_item(third.deliveries[0].id.into()).await.unwrap().unwrap();
    assert_eq!((item.reason, item.next_attempt_at), (None, Some(at(4))));
    let sent: Vec<_> = claim(&store, 8).await.into_iter().map(|claim| claim.item.raw).collect();
    assert_eq!(sent, ["early", "second", "third"], "oldest first");
}

pub async fn an_unclassified_message_past_its_dot_is_under_way_and_one_that_waits_is_not(store: Subject) {
    enqueue(&store, notification(Class::Unclassified, at(0), "x")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(store.pass_dot(&sending, at(1)).await.unwrap());
    enqueue(&store, notification(Class::Unclassified, at(1), "waits")).await;
    turn(&store, State::On, at(2)).await;
    let drain = store.drain(rules(), at(3)).await.unwrap();
    assert_eq!((drain.is_drained(), drain.left.blocked_deliveries), (false, 1));
    store.settle_delivery(sending, Settlement::Done("250".into()), at(4)).await.unwrap();
    let drain = store.drain(rules(), at(5)).await.unwrap();
    assert_eq!((drain.is_drained(), drain.is_empty(), drain.left.kept), (true, false, 1));
}

pub async fn what_is_queued_and_blocked_is_suppressed_at_the_change(store: Subject) {
    let reset = enqueue(&store, notification(Class::WriteDependent, at(0), "token")).await;
    let note = enqueue(&store, notification(Class::Ordinary, at(0), "note")).await;
    turn(&store, State::On, at(1)).await;
    assert_eq!(state(&store, &reset).await, DeliveryState::Suppressed);
    assert_eq!(state(&store, &note).await, DeliveryState::Queued);
    turn(&store, State::Off, at(2)).await;
    assert_eq!(state(&store, &reset).await, DeliveryState::Suppressed);
    assert_eq!(claim(&store, 3).await.len(), 1);
}

pub async fn what_a_change_would_suppress_is_foretold(store: Subject) {
    let classes = [Class::WriteDependent, Class::WriteDependent, Class::WriteDependent, Class::Paging, Class::Ordinary];
    for (class, seconds) in classes.into_iter().zip(0..) {
        store.enqueue(vec![Arc::new(notification(class, at(seconds), "x"))]).await.unwrap();
    }
    let under_way = store.claim_deliveries(1, at(9)).await.unwrap().pop().unwrap();
    assert!(store.pass_dot(&under_way, at(9)).await.unwrap());
    let foretold: i64 = store.kept_back().await.unwrap().into_iter().map(|(_, number)| number).sum();
    let Changed::Done { suppressed, .. } = turn(&store, State::On, at(10)).await else { panic!("no change") };
    assert_eq!((foretold, suppressed), (3, 3), "the one past its dot is under way");
    assert_eq!(store.kept_back().await.unwrap(), []);
}

pub async fn a_claim_not_past_its_dot_is_revoked_by_the_change(store: Subject) {
    let reset = enqueue(&store, notification(Class::WriteDependent, at(0), "token")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    turn(&store, State::On, at(2)).await;
    assert!(!store.pass_dot(&sending, at(3)).await.unwrap());
    let late = store.settle_delivery(sending, Settlement::Done("250".into()), at(4)).await.unwrap();
    assert_eq!(late, Settled::LeaseLost);
    assert_eq!(state(&store, &reset).await, DeliveryState::Suppressed);
}

pub async fn a_claim_past_its_dot_is_under_way_and_settles(store: Subject) {
    let reset = enqueue(&store, notification(Class::WriteDependent, at(0), "token")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(store.pass_dot(&sending, at(2)).await.unwrap());
    assert!(!store.pass_dot(&sending, at(2)).await.unwrap(), "the dot is passed once");
    turn(&store, State::On, at(3)).await;
    assert_eq!(state(&store, &reset).await, DeliveryState::Sending);
    store.settle_delivery(sending, Settlement::Done("250".into()), at(4)).await.unwrap();
    assert_eq!(state(&store, &reset).await, DeliveryState::Delivered);
}

pub async fn a_blocked_delivery_refused_for_now_is_suppressed_before_its_next_try(store: Subject) {
    let page = enqueue(&store, notification(Class::Paging, at(0), "page")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(store.pass_dot(&sending, at(2)).await.unwrap());
    turn(&store, State::On, at(3)).await;
    let retry = Settlement::Retry(Failure::temporary("451 later"), at(10));
    store.settle_delivery(sending, retry, at(4)).await.unwrap();
    assert!(claim(&store, 20).await.is_empty());
    assert_eq!(state(&store, &page).await, DeliveryState::Suppressed);
}

pub async fn an_unknown_outcome_is_neither_suppressed_nor_sent_in_the_mode(store: Subject) {
    let page = enqueue(&store, notification(Class::Paging, at(0), "page")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(store.pass_dot(&sending, at(2)).await.unwrap());
    let unknown = Settlement::Unknown(Failure::temporary("lost"), at(10));
    store.settle_delivery(sending, unknown, at(3)).await.unwrap();
    turn(&store, State::On, at(4)).await;
    assert!(claim(&store, 20).await.is_empty());
    assert_eq!(state(&store, &page).await, DeliveryState::Queued);
    turn(&store, State::Off, at(30)).await;
    assert_eq!(claim(&store, 31).await.len(), 1);
}

pub async fn refusals_are_retried_when_due_and_failures_never(store: Subject) {
    let accepted = enqueue(&store, notification(Class::Ordinary, at(0), "x")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    store.settle_delivery(sending, Settlement::Retry(Failure::temporary("451"), at(31)), at(1)).await.unwrap();
    assert!(claim(&store, 30).await.is_empty());
    let sending = claim(&store, 31).await.pop().unwrap();
    assert_eq!(sending.item.attempt, 2);
    store.settle_delivery(sending, Settlement::Failed(Failure::permanent("550")), at(32)).await.unwrap();
    assert!(claim(&store, 9000).await.is_empty());
    let record = store.notification(accepted.id).await.unwrap().unwrap();
    let outcomes: Vec<_> = record.deliveries[0].attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Temporary, AttemptOutcome::Permanent]);
    assert_eq!(record.deliveries[0].state, DeliveryState::Failed);
}

pub async fn what_is_of_no_use_any_more_expires(store: Subject) {
    let mut new = notification(Class::Ordinary, at(0), "x");
    new.expires_at = at(10);
    let accepted = enqueue(&store, new).await;
    assert!(claim(&store, 10).await.is_empty());
    assert_eq!(state(&store, &accepted).await, DeliveryState::Expired);
}

pub async fn a_dead_senders_delivery_comes_back_as_unknown(store: Subject) {
    let accepted = enqueue(&store, notification(Class::Ordinary, at(0), "x")).await;
    let dead = claim(&store, 1).await.pop().unwrap();
    let seconds = 2 + SignedDuration::try_from(LEASE).unwrap().as_secs();
    let again = claim(&store, seconds).await.pop().unwrap();
    assert_eq!(again.item.attempt, 2);
    let late = store.settle_delivery(dead, Settlement::Done("250".into()), at(seconds)).await.unwrap();
    assert_eq!(late, Settled::LeaseLost);
    let record = store.notification(accepted.id).await.unwrap().unwrap();
    assert_eq!(record.deliveries[0].attempts[0].outcome, AttemptOutcome::Unknown);
}

pub async fn the_same_key_and_bytes_answer_the_first_result(store: Subject) {
    let keyed =
        |bytes| NewNotification { idempotency: idempotency("k", bytes), ..notification(Class::Ordinary, at(0), "x") };
    let first = enqueue(&store, keyed("a")).await;
    assert_eq!(enqueue(&store, keyed("a")).await, first);
    let other = store.enqueue(vec![Arc::new(keyed("b"))]).await.unwrap();
    assert!(matches!(other[..], [Enqueued::KeyReused]));
    assert_eq!(claim(&store, 1).await.len(), 1);
    let late = NewNotification { enqueued_at: at(8 * 86_400), ..keyed("b") };
    assert_ne!(enqueue(&store, late).await.id, first.id);
}

pub async fn of_many_with_one_key_at_once_one_is_kept(store: Subject) {
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        racing.spawn(async move {
            let keyed = notification(Class::Ordinary, at(0), "x");
            enqueue(&store, NewNotification { idempotency: idempotency("k", "x"), ..keyed }).await.id
        });
    }
    assert_eq!(racing.join_all().await.into_iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(claim(&store, 1).await.len(), 1);
}

pub async fn many_workers_share_what_is_due_without_overlap(store: Subject) {
    let all: Vec<_> = (0..100).map(|_| Arc::new(notification(Class::Ordinary, at(0), "x"))).collect();
    store.enqueue(all).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        workers.spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let batch = store.claim_deliveries(7, at(1)).await.unwrap();
                if batch.is_empty() {
                    return claimed;
                }
                claimed.extend(batch.into_iter().map(|claim| (claim.item.delivery_id, claim.item.attempt)));
            }
        });
    }
    let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!((claimed.len(), claimed.iter().collect::<BTreeSet<_>>().len()), (100, 100));
    assert!(claimed.iter().all(|(_, attempt)| *attempt == 1));
}

pub async fn a_nul_in_a_text_stops_no_notification(store: Subject) {
    let nul = || Some("a\0b".to_owned());
    let hostile = NewNotification {
        kind: "my\0kind".into(),
        title: "A\0".into(),
        subject: nul(),
        reference: nul(),
        idempotency: idempotency("k\0", "x"),
        ..notification(Class::Paging, at(0), "a\0b")
    };
    let first = enqueue(&store, hostile.clone()).await;
    assert_eq!(enqueue(&store, hostile).await, first);
    let sending = claim(&store, 1).await.pop().unwrap();
    assert_eq!(&sending.item.raw[..], b"a\0b");
    store.settle_delivery(sending, Settlement::Retry(Failure::temporary("4\0"), at(9)), at(2)).await.unwrap();
    turn(&store, State::On, at(3)).await;
    let by_kind = SuppressedFilter { kind: Some("my\0kind".into()), ..Default::default() };
    assert_eq!(store.suppressed(by_kind, ALL).await.unwrap().len(), 1);
}

pub async fn an_empty_body_stops_no_notification(store: Subject) {
    enqueue(&store, notification(Class::Ordinary, at(0), "")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(sending.item.raw.is_empty());
    let settled = store.settle_delivery(sending, Settlement::Done("ok".into()), at(2)).await.unwrap();
    assert_eq!(settled, Settled::Recorded);
}

pub async fn what_may_have_been_sent_is_never_listed_as_suppressed(store: Subject) {
    let page = enqueue(&store, notification(Class::Paging, at(0), "page")).await;
    let sending = claim(&store, 1).await.pop().unwrap();
    assert!(store.pass_dot(&sending, at(2)).await.unwrap());
    let unknown = Settlement::Unknown(Failure::temporary("lost"), at(10));
    store.settle_delivery(sending, unknown, at(3)).await.unwrap();
    // Claimed again and given back, and retried by hand: neither makes it forget.
    let again = claim(&store, 11).await.pop().unwrap();
    let id = again.item.delivery_id;
    store.release_delivery(again, at(12), at(12)).await.unwrap();
    store.act(id.into(), Action::Retry, at(13)).await.unwrap();
    turn(&store, State::On, at(14)).await;
    assert!(claim(&store, 20).await.is_empty());
    assert_eq!(state(&store, &page).await, DeliveryState::Queued);
}

pub async fn a_retry_does_not_prolong_what_is_still_queued(store: Subject) {
    let mut new = notification(Class::Ordinary, at(0), "code");
    new.expires_at = at(60);
    let accepted = enqueue(&store, new).await;
    store.act(accepted.deliveries[0].id.into(), Action::Retry, at(50)).await.unwrap();
    assert!(claim(&store, 60).await.is_empty());
    assert_eq!(state(&store, &accepted).await, DeliveryState::Expired);
}

pub async fn while_the_clock_is_in_doubt_nothing_expires_and_nothing_leaves_after_its_time(store: Subject) {
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(0), "wanted"))]).await.unwrap();
    let late = at(100 * 86_400);
    assert!(store.claim_deliveries_by(1, late, None).await.unwrap().is_empty(), "it left after its time");
    assert_eq!(store.depths().await.unwrap().queued, 1, "it expired");
    // The clock was set right again, and is still in doubt.
    let claim =
        store.claim_deliveries_by(1, at(1), None).await.unwrap().pop().expect("it waits although its time is not over");
    store.release_delivery(claim, at(2), at(2)).await.unwrap();
    assert!(store.claim_deliveries_by(1, late, Some(late)).await.unwrap().is_empty());
    assert_eq!(store.depths().await.unwrap().queued, 0, "it never expires");
}
