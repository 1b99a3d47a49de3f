//! Sentences about one action on everything that a filter finds.

use super::{Subject, at, notification, offer, recipient, rules, settle, turn};
use crate::clock::FixedClock;
use crate::domain::address::Address;
use crate::domain::failure::Failure;
use crate::domain::id::ItemId;
use crate::domain::mail::Intent;
use crate::domain::mode::State;
use crate::domain::notification::Class;
use crate::store::claim::Settlement;
use crate::store::desk::{Action, Group, Horizon, MAX_AT_ONCE, Page, QueueFilter, QueueKind};
use crate::store::notification::NewNotification;
use crate::store::sweep::{Reach, Sweep};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const ALL: Page = Page { limit: 1000, after: None };
const QUEUED: Group = Group { queue: QueueKind::Delivery, state: "queued" };
const FAILED: Group = Group { queue: QueueKind::Delivery, state: "failed" };
const MAIL_WAITING: Group = Group { queue: QueueKind::Recipient, state: "waiting" };
const MAIL_FAILED: Group = Group { queue: QueueKind::Recipient, state: "failed" };
const MAIL_HELD: Group = Group { queue: QueueKind::Recipient, state: "held" };

fn to(address: &str, second: i64) -> NewNotification {
    let recipients = vec![Address::parse(address).unwrap()];
    NewNotification { recipients, ..notification(Class::Ordinary, at(second), "x") }
}

/// Deliveries that the relay refused for good, one each second from `second` on.
async fn refused(store: &Subject, second: i64, number: i64) {
    for place in 0..number {
        store.enqueue(vec![Arc::new(to("ann@example.com", second + place))]).await.unwrap();
    }
    for claim in store.claim_deliveries(1_000, at(second + number)).await.unwrap() {
        let settlement = Settlement::Failed(Failure::permanent("550 no"));
        store.settle_delivery(claim, settlement, at(second + number)).await.unwrap();
    }
}

/// Mail that the application cannot take.
async fn unreadable(store: &Subject, second: i64) {
    store.offer(offer(at(second), vec![recipient(Intent::Reply, "bad")], "bad"), rules()).await.unwrap();
    let claim = store.claim_hand_overs(1, rules(), at(second)).await.unwrap().pop().unwrap();
    settle(store, claim, Settlement::Failed(Failure::permanent("422 no")), at(second)).await;
}

fn sweep(action: Action, filter: QueueFilter, second: i64) -> Sweep {
    Sweep { filter, action, until: at(second) }
}

fn reach(group: Group, number: i64) -> Reach {
    Reach { group, number, without_message: 0 }
}

async fn run(store: &Subject, sweep: &Sweep, group: Group, limit: i64) -> i64 {
    sweep.run(store.as_ref(), &FixedClock::at(at(500)), (group, limit), |_| ()).await.unwrap()
}

async fn states(store: &Subject) -> Vec<String> {
    let mut states: Vec<_> =
        store.queue(QueueFilter::default(), ALL).await.unwrap().into_iter().map(|item| item.state).collect();
    states.sort();
    states
}

pub async fn a_sweep_does_one_thing_to_all_that_its_filter_finds_and_no_more(store: Subject) {
    let many = i64::try_from(MAX_AT_ONCE).unwrap() + 3;
    refused(&store, 0, many).await;
    unreadable(&store, 400).await;
    store.enqueue(vec![Arc::new(to("bob@example.com", 401))]).await.unwrap();
    let failed = QueueFilter { state: Some("failed".into()), ..QueueFilter::default() };
    let retry = sweep(Action::Retry, failed, 402);
    assert_eq!(retry.reach(store.as_ref()).await.unwrap(), [reach(FAILED, many), reach(MAIL_FAILED, 1)]);
    let (turns, told) = (AtomicI64::new(0), AtomicI64::new(0));
    let note = |number| {
        turns.fetch_add(1, Ordering::Relaxed);
        told.fetch_add(number, Ordering::Relaxed);
    };
    let done = retry.run(store.as_ref(), &FixedClock::at(at(500)), (FAILED, many), note).await.unwrap();
    assert_eq!(
        (done, told.into_inner(), turns.into_inner()),
        (many, many, 2),
        "no transaction takes more than its share"
    );
    assert_eq!(run(&store, &retry, MAIL_FAILED, 1).await, 1);
    assert_eq!(retry.reach(store.as_ref()).await.unwrap(), []);
    let first = store.claim_deliveries(1, at(501)).await.unwrap().pop().unwrap();
    assert_eq!(first.item.recipient.to_string(), "bob@example.com", "what never failed is due longest");
    let anns = QueueFilter { recipient: Some("ann@example.com".into()), ..QueueFilter::default() };
    let cancel = sweep(Action::Cancel, anns, 402);
    assert_eq!(cancel.reach(store.as_ref()).await.unwrap(), [reach(QUEUED, many)]);
    assert_eq!(run(&store, &cancel, QUEUED, many).await, many);
    assert_eq!(states(&store).await, ["sending", "waiting"]);
}

pub async fn a_sweep_leaves_what_came_later_what_has_moved_on_and_what_is_above_its_limit(store: Subject) {
    for second in 1..=4 {
        store.enqueue(vec![Arc::new(to("ann@example.com", second))]).await.unwrap();
    }
    let cancel = sweep(Action::Cancel, QueueFilter::default(), 3);
    assert_eq!(cancel.reach(store.as_ref()).await.unwrap(), [reach(QUEUED, 3)], "the fourth came later");
    let claim = store.claim_deliveries(1, at(4)).await.unwrap().pop().unwrap();
    assert_eq!(run(&store, &cancel, QUEUED, 1).await, 1);
    assert_eq!(run(&store, &cancel, QUEUED, 3).await, 1, "one is on its way");
    assert_eq!(states(&store).await, ["queued", "sending"]);
    store.settle_delivery(claim, Settlement::Done("ok".into()), at(5)).await.unwrap();
    let left = store.queue(QueueFilter::default(), ALL).await.unwrap().pop().unwrap();
    assert_eq!(left.queued_at, at(4));
    let stale = store.act_on(vec![left.id, ItemId::mint(at(9))], Some("failed"), Action::Cancel, at(6)).await.unwrap();
    assert_eq!(stale, [], "it is not in the state it was seen in");
}

pub async fn a_delivery_without_its_message_is_counted_apart_and_not_retried(store: Subject) {
    refused(&store, 0, 2).await;
    let late = at(400 * 86_400);
    let horizon = Horizon { bodies_before: late, records_before: at(0), nodes_before: at(0), limit: 100 };
    assert_eq!(store.retire(horizon).await.unwrap().bodies, 2);
    refused(&store, 10, 1).await;
    let retry = sweep(Action::Retry, QueueFilter::default(), 100);
    let reached = [Reach { group: FAILED, number: 1, without_message: 2 }];
    assert_eq!(retry.reach(store.as_ref()).await.unwrap(), reached);
    assert_eq!(run(&store, &retry, FAILED, 3).await, 1);
    let cancel = sweep(Action::Cancel, QueueFilter::default(), 100);
    assert_eq!(cancel.reach(store.as_ref()).await.unwrap(), [reach(QUEUED, 1), reach(FAILED, 2)]);
}

pub async fn cancelling_many_wipes_what_depends_on_writes(store: Subject) {
    let resets: Vec<_> =
        (0..3).map(|second| Arc::new(notification(Class::WriteDependent, at(second), "token"))).collect();
    store.enqueue(resets.clone()).await.unwrap();
    let cancel = sweep(Action::Cancel, QueueFilter::default(), 10);
    let number: i64 = cancel.reach(store.as_ref()).await.unwrap().iter().map(|reach| reach.number).sum();
    assert_eq!(run(&store, &cancel, QUEUED, number).await, number);
    let horizon = Horizon { bodies_before: at(400), records_before: at(0), nodes_before: at(0), limit: 100 };
    assert_eq!(store.retire(horizon).await.unwrap().bodies, 0, "nothing is left for retention to wipe");
}

pub async fn an_action_applies_in_its_own_states_and_in_no_other(store: Subject) {
    refused(&store, 0, 1).await;
    unreadable(&store, 10).await;
    store.enqueue(vec![Arc::new(to("ann@example.com", 20)), Arc::new(to("bob@example.com", 21))]).await.unwrap();
    let _sending = store.claim_deliveries(1, at(22)).await.unwrap();
    store.offer(offer(at(30), vec![recipient(Intent::Reply, "w")], "w"), rules()).await.unwrap();
    turn(&store, State::On, at(40)).await;
    store.offer(offer(at(41), vec![recipient(Intent::Unsubscribe, "u")], "u"), rules()).await.unwrap();
    assert_eq!(states(&store).await, ["failed", "failed", "held", "queued", "sending", "waiting"]);
    let all = QueueFilter::default;
    let retry = sweep(Action::Retry, all(), 50).reach(store.as_ref()).await.unwrap();
    assert_eq!(retry, [QUEUED, FAILED, MAIL_WAITING, MAIL_FAILED].map(|group| reach(group, 1)));
    assert_eq!(sweep(Action::Release, all(), 50).reach(store.as_ref()).await.unwrap(), [reach(MAIL_HELD, 1)]);
    for action in [Action::Retry, Action::Release, Action::Cancel] {
        let reached: i64 =
            sweep(action, all(), 50).reach(store.as_ref()).await.unwrap().iter().map(|reach| reach.number).sum();
        let ids = store.queue(all(), ALL).await.unwrap().iter().map(|item| item.id).collect();
        let applied = store.act_on(ids, None, action, at(60)).await.unwrap().len();
        assert_eq!(i64::try_from(applied).unwrap(), reached, "{action}");
    }
    assert_eq!(states(&store).await, ["sending"]);
}
