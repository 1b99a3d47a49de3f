//! Sentences about counts: whatever happened, they are those of the rows that are there.

use super::{Subject, at, noon, notification, offer, recipient, rules, settle, turn};
use crate::domain::failure::Failure;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{State, Version};
use crate::domain::notification::Class;
use crate::store::claim::Settlement;
use crate::store::desk::{
    Action, Horizon, IncomingFilter, IncomingMail, Page, QueueFilter, SuppressedFilter, SuppressedMail,
};
use crate::store::summary::{IncomingKey, SuppressedKey, Tally};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ALL: Page = Page { limit: 100_000, after: None };
const INTENTS: &[Intent] = &[Intent::Reply, Intent::Unsubscribe, Intent::Automatic, Intent::Postmaster];

/// Something that happens to a store.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Enqueue(usize),
    Offer(usize),
    Turn(bool),
    Deliver(usize),
    HandOver(usize),
    Claim,
    Act(usize, usize),
    Retire(i64),
    Fold,
}

fn happening() -> impl Strategy<Value = (Happening, i64)> {
    use Happening::{Act, Claim, Deliver, Enqueue, Fold, HandOver, Offer, Retire, Turn};
    let what = prop_oneof![
        6 => (0..5_usize).prop_map(Enqueue),
        6 => (0..INTENTS.len()).prop_map(Offer),
        2 => any::<bool>().prop_map(Turn),
        5 => (0..4_usize).prop_map(Deliver),
        5 => (0..4_usize).prop_map(HandOver),
        1 => Just(Claim),
        3 => (0..3_usize, 0..20_usize).prop_map(|(action, place)| Act(action, place)),
        1 => (20..90_i64).prop_map(Retire),
        2 => Just(Fold),
    ];
    (what, 1..3000_i64)
}

fn settlement(which: usize, now: Timestamp) -> Settlement {
    let later = now + SignedDuration::from_secs(1);
    match which {
        0 => Settlement::Done("ok".into()),
        1 => Settlement::Retry(Failure::temporary("busy"), later),
        2 => Settlement::Unknown(Failure::temporary("lost"), later),
        _ => Settlement::Failed(Failure::permanent("no")),
    }
}

async fn happen(store: &Subject, what: Happening, now: Timestamp, number: usize) {
    match what {
        Happening::Enqueue(class) => {
            let mut new = notification(Class::ALL[class], now, "x");
            new.kind = format!("{}_{}", new.kind, number % 2);
            store.enqueue(vec![Arc::new(new)]).await.map(drop).unwrap();
        }
        Happening::Offer(intent) => {
            let to = recipient(INTENTS[intent], &format!("key{}", number % 7));
            store.offer(offer(now, vec![to], &number.to_string()), rules()).await.map(drop).unwrap();
        }
        Happening::Turn(on) => drop(turn(store, if on { State::On } else { State::Off }, now).await),
        Happening::Deliver(how) => {
            for claim in store.claim_deliveries(3, now).await.unwrap() {
                store.settle_delivery(claim, settlement(how, now), now).await.unwrap();
            }
        }
        Happening::HandOver(how) => {
            for claim in store.claim_hand_overs(3, rules(), now).await.unwrap() {
                settle(store, claim, settlement(how, now), now).await;
            }
        }
        // These are never settled: their leases lapse.
        Happening::Claim => {
            store.claim_deliveries(2, now).await.unwrap();
            store.claim_hand_overs(2, rules(), now).await.unwrap();
        }
        Happening::Act(action, place) => {
            let queue = store.queue(QueueFilter::default(), ALL).await.unwrap();
            if let Some(item) = queue.get(place) {
                store.act(item.id, Action::ALL[action], now).await.unwrap();
            }
        }
        Happening::Retire(hours) => {
            let before = now - SignedDuration::from_hours(hours);
            let horizon = Horizon { bodies_before: before, records_before: before, nodes_before: before, limit: 5 };
            store.retire(horizon).await.map(drop).unwrap();
        }
        Happening::Fold => drop(store.fold_summary(7).await.unwrap()),
    }
}

fn counted<R, K: Ord>(rows: &[R], key: impl Fn(&R) -> K) -> Vec<(K, i64)> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(key(row)).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn hour(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() / 3600 * 3600).unwrap()
}

fn sorted<K: Ord>(mut tally: Tally<K>) -> Tally<K> {
    tally.keys.sort_unstable();
    tally
}

async fn assert_suppressed_counts(store: &Subject, filter: SuppressedFilter) {
    let key = |row: &SuppressedMail| SuppressedKey {
        kind: row.kind.clone(),
        class: row.class,
        mode_version: row.mode_version,
    };
    let wide = SuppressedFilter { kind: None, class: None, mode_versions: None, ..filter.clone() };
    let rows = store.suppressed(wide, ALL).await.unwrap();
    let tally = sorted(store.suppressed_tally(filter.clone()).await.unwrap());
    assert_eq!(tally.keys, counted(&rows, key), "{filter:?}");
    let listed = store.suppressed(filter.clone(), ALL).await.unwrap();
    let kept: Vec<_> = rows.into_iter().filter(|row| filter.takes(&key(row))).collect();
    assert_eq!(listed, kept, "{filter:?}");
    assert_eq!(tally.hours, counted(&listed, |row| hour(row.suppressed_at)), "{filter:?}");
}

async fn assert_incoming_counts(store: &Subject, filter: IncomingFilter) {
    let key = |row: &IncomingMail| IncomingKey {
        intent: row.intent,
        verdict: row.verdict,
        state: row.state,
        mode_version: row.mode_version,
    };
    let (since, until) = (filter.since, filter.until);
    let wide = IncomingFilter { since, until, recipient: filter.recipient.clone(), ..Default::default() };
    let rows = store.incoming(wide, ALL).await.unwrap();
    let tally = sorted(store.incoming_tally(filter.clone()).await.unwrap());
    assert_eq!(tally.keys, counted(&rows, key), "{filter:?}");
    let listed = store.incoming(filter.clone(), ALL).await.unwrap();
    let kept: Vec<_> = rows.into_iter().filter(|row| filter.takes(&key(row))).collect();
    assert_eq!(listed, kept, "{filter:?}");
    assert_eq!(tally.hours, counted(&listed, |row| hour(row.received_at)), "{filter:?}");
}

/// Each filter there or not, chosen by `seed`.
fn filters(seed: usize, now: Timestamp) -> (SuppressedFilter, IncomingFilter) {
    let pick = |bit: usize| seed >> bit & 1 == 1;
    let some = |number: usize, of: usize| (seed / 3 + number) % of;
    let span = now.duration_since(noon()).as_micros() as i64;
    let time = |number: i64| noon() + SignedDuration::from_micros(span / 7 * number + number);
    let (since, until) = (pick(0).then(|| time(2)), pick(1).then(|| time(5)));
    let first = some(1, 6) as i64 + 1;
    let mode_versions = pick(2).then(|| (Version(first), Version(first + i64::from(pick(7)))));
    let class = Class::ALL[some(2, Class::ALL.len())];
    let suppressed = SuppressedFilter {
        kind: pick(3).then(|| format!("{}_{}", class.as_str(), seed % 2)),
        class: pick(4).then_some(class),
        recipient: pick(5).then(|| "bob@example.com".into()),
        mode_versions,
        since,
        until,
    };
    let incoming = IncomingFilter {
        intent: pick(3).then(|| INTENTS[some(3, INTENTS.len())]),
        verdict: pick(4).then(|| Verdict::ALL[some(4, Verdict::ALL.len())]),
        state: pick(6).then(|| MailState::ALL[some(5, MailState::ALL.len())]),
        recipient: pick(5).then(|| format!("incoming+key{}@localhost", seed % 7)),
        mode_versions,
        since,
        until,
        ..IncomingFilter::default()
    };
    (suppressed, incoming)
}

pub async fn whatever_happens_the_counts_are_those_of_the_rows(store: Subject) {
    let mut runner = TestRunner::deterministic();
    let mut now = noon();
    let (mut states, mut classes) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..400 {
        let (what, seconds) = happening().new_tree(&mut runner).unwrap().current();
        now += SignedDuration::from_secs(seconds);
        happen(&store, what, now, number).await;
        if number % 20 == 19 {
            assert_suppressed_counts(&store, SuppressedFilter::default()).await;
            assert_incoming_counts(&store, IncomingFilter::default()).await;
            let incoming = store.incoming_tally(IncomingFilter::default()).await.unwrap();
            states.extend(incoming.keys.iter().map(|(key, _)| key.state));
            let suppressed = store.suppressed_tally(SuppressedFilter::default()).await.unwrap();
            classes.extend(suppressed.keys.iter().map(|(key, _)| key.class));
        }
        let (suppressed, incoming) = filters(number * 37, now);
        assert_suppressed_counts(&store, suppressed).await;
        assert_incoming_counts(&store, incoming).await;
    }
    // What is unclassified waits, and is not suppressed.
    assert!(states.len() >= 8 && classes.len() == 2, "so little happened: {states:?} {classes:?}");
}

pub async fn folding_comes_to_an_end_and_changes_no_count(store: Subject) {
    turn(&store, State::On, at(0)).await;
    for seconds in 0..30 {
        store.enqueue(vec![Arc::new(notification(Class::Paging, at(seconds * 600), "x"))]).await.unwrap();
        store.offer(offer(at(seconds * 600), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    }
    let counts = async || {
        let suppressed = store.suppressed_tally(SuppressedFilter::default()).await.unwrap();
        (sorted(suppressed), sorted(store.incoming_tally(IncomingFilter::default()).await.unwrap()))
    };
    let before = counts().await;
    assert_eq!((before.0.total(|_| true), before.1.total(|_| true)), (30, 30));
    let mut turns = 0;
    while store.fold_summary(7).await.unwrap() {
        turns += 1;
        assert!(turns < 20, "folding does not come to an end");
    }
    assert_eq!(counts().await, before);
}

pub async fn no_count_is_off_while_others_write_and_fold(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let writing = async |writer: i64| {
        for number in 0..15 {
            let new = notification(Class::Paging, at(writer * 900 + number * 300), "x");
            store.enqueue(vec![Arc::new(new)]).await.unwrap();
        }
    };
    let writing = futures_util::future::join_all((0..8).map(writing));
    let is_done = std::cell::Cell::new(false);
    let folding = async {
        let mut before = 0;
        while !is_done.get() {
            store.fold_summary(3).await.unwrap();
            let total = store.suppressed_tally(SuppressedFilter::default()).await.unwrap().total(|_| true);
            assert!((before..=120).contains(&total), "{before} were counted, and then {total}");
            before = total;
        }
    };
    let writing = async {
        writing.await;
        is_done.set(true);
    };
    futures_util::future::join(writing, folding).await;
    assert_suppressed_counts(&store, SuppressedFilter::default()).await;
}

pub async fn what_retention_deletes_is_counted_no_more(store: Subject) {
    turn(&store, State::On, at(0)).await;
    store.enqueue(vec![Arc::new(notification(Class::Paging, at(1), "x"))]).await.unwrap();
    store.offer(offer(at(1), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    let late = at(400 * 86_400);
    let horizon = Horizon { bodies_before: late, records_before: late, nodes_before: late, limit: 100 };
    assert_eq!(store.retire(horizon).await.unwrap().records, 3);
    for _ in 0..2 {
        let suppressed = store.suppressed_tally(SuppressedFilter::default()).await.unwrap();
        assert_eq!((suppressed.keys, suppressed.hours), (vec![], vec![]));
        let incoming = store.incoming_tally(IncomingFilter::default()).await.unwrap();
        assert_eq!((incoming.keys, incoming.hours), (vec![], vec![]));
        store.fold_summary(100).await.unwrap();
    }
}

pub async fn the_traffic_of_a_day_has_every_hour(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(0), "x"))]).await.unwrap();
    let claim = store.claim_deliveries(1, at(3600)).await.unwrap().pop().unwrap();
    store.settle_delivery(claim, Settlement::Done("ok".into()), at(3601)).await.unwrap();
    turn(&store, State::On, at(7200)).await;
    store.offer(offer(at(7201), vec![recipient(Intent::Reply, "r")], "y"), rules()).await.unwrap();
    store.enqueue(vec![Arc::new(notification(Class::Paging, at(7202), "x"))]).await.unwrap();
    let traffic = store.traffic(at(3 * 3600 + 5), 24).await.unwrap();
    assert_eq!(traffic.len(), 24);
    assert!(traffic.is_sorted_by(|one, next| one.hour + SignedDuration::from_hours(1) == next.hour));
    assert_eq!(traffic[23].hour, at(3 * 3600));
    let [first, second, third] = [traffic[20], traffic[21], traffic[22]];
    assert_eq!((first.accepted, first.delivered, second.delivered), (1, 0, 1));
    assert_eq!((third.refused, third.suppressed, third.accepted), (1, 1, 0));
    assert_eq!(store.traffic(at(86_400 * 9), 24).await.unwrap().iter().map(|hour| hour.accepted).sum::<i64>(), 0);
}

pub async fn the_changes_behind_versions_are_found(store: Subject) {
    turn(&store, State::On, at(1)).await;
    turn(&store, State::Off, at(2)).await;
    let changes = store.version_changes(vec![Version(2), Version(3), Version(99)]).await.unwrap();
    let seen: Vec<_> = changes.iter().map(|change| (change.version.0, change.state, change.changed_at)).collect();
    assert_eq!(seen, [(3, State::Off, at(2)), (2, State::On, at(1))]);
}
