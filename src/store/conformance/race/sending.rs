//! Races of mail that goes out.

use super::super::{Subject, at, notification, turn};
use super::{Arena, Stop, changing, claiming, enqueueing, passing_dot, settling, turning, waits};
use crate::domain::failure::Failure;
use crate::domain::id::{DeliveryId, NotificationId};
use crate::domain::mode::State;
use crate::domain::notification::{Class, DeliveryState};
use crate::policy::rules::UnknownKind;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::desk::{Action, Page, SuppressedFilter};
use crate::store::mode::Changed;
use crate::store::notification::{Enqueued, Sending};
use crate::store::script::Scripts;
use crate::store::script::enqueue::Enqueueing;
use crate::store::script::work::ClaimingDeliveries;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Enqueues a page and answers its notification's id.
async fn enqueue_page(store: &Subject) -> NotificationId {
    let new = notification(Class::Paging, at(0), "page");
    let id = new.id;
    store.enqueue(vec![Arc::new(new)]).await.unwrap();
    id
}

/// A page that is claimed.
async fn claimed_page(store: &Subject) -> (NotificationId, Claim<Sending>) {
    let id = enqueue_page(store).await;
    (id, store.claim_deliveries(10, at(0)).await.unwrap().pop().unwrap())
}

async fn state(store: &Subject, id: NotificationId) -> DeliveryState {
    store.notification(id).await.unwrap().unwrap().deliveries[0].state
}

async fn listed(store: &Subject) -> BTreeSet<DeliveryId> {
    let page = Page { limit: 10_000, after: None };
    let rows = store.suppressed(SuppressedFilter::default(), page).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

fn suppressed(changed: &Changed) -> u64 {
    match changed {
        Changed::Done { suppressed, .. } => *suppressed,
        other => panic!("nothing was changed: {other:?}"),
    }
}

/// R4: a worker claims while the mode is off, and the mode comes on before it writes.
///
/// Shown to fail by hand: with `mark_dot` not minding the lease and `pass_dot` not the mode, and
/// with `end` not minding the lease, on both stores.
pub async fn a_delivery_claimed_before_the_change_is_not_sent_after_it<A: Arena>(arena: A) {
    let (worker, other) = (arena.node().await, arena.node().await);
    let (id, claim) = claimed_page(&worker).await;
    assert_eq!(suppressed(&turn(&other, State::On, at(1)).await), 1);
    assert!(!worker.pass_dot(&claim, at(2)).await.unwrap(), "it was sent");
    let released = worker.release_delivery(claim, at(2), at(2)).await.unwrap();
    assert_eq!((released, state(&other, id).await), (Settled::LeaseLost, DeliveryState::Suppressed));
}

/// R4: the change comes while the claim is being made.
///
/// Shown to fail by hand: without the lock (`BEGIN` on SQLite, ENTER in `fence.rs` without a lock
/// or a change that takes `Fence::Shared` on PostgreSQL).
pub async fn a_change_waits_for_the_claim_that_has_read_the_mode_and_takes_it_back<A: Arena>(arena: A) {
    let other = arena.node().await;
    let id = enqueue_page(&other).await;
    let claiming = claiming(&arena, Stop::HavingRead, at(0)).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    let claim = claiming.finish().await.unwrap().pop().unwrap();
    assert_eq!(suppressed(&turning.await.unwrap()), 1);
    assert!(!other.pass_dot(&claim, at(2)).await.unwrap(), "it was sent");
    assert_eq!(state(&other, id).await, DeliveryState::Suppressed);
}

/// R4: the same for what only waits: the claim is taken back, and nothing is lost or listed.
///
/// Shown to fail by hand: with `change_mode` withdrawing nothing, on both stores.
pub async fn a_change_takes_back_the_claim_of_what_waits_and_keeps_it_queued<A: Arena>(arena: A) {
    let other = arena.node().await;
    let new = notification(Class::Unclassified, at(0), "x");
    let id = new.id;
    other.enqueue(vec![Arc::new(new)]).await.unwrap();
    let claiming = claiming(&arena, Stop::HavingRead, at(0)).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    let claim = claiming.finish().await.unwrap().pop().unwrap();
    assert_eq!(suppressed(&turning.await.unwrap()), 0);
    assert_eq!(state(&other, id).await, DeliveryState::Queued);
    assert!(!other.pass_dot(&claim, at(2)).await.unwrap(), "it was sent");
    assert_eq!(other.release_delivery(claim, at(2), at(2)).await.unwrap(), Settled::LeaseLost);
    assert!(other.claim_deliveries(10, at(3)).await.unwrap().is_empty());
    turn(&other, State::Off, at(4)).await;
    assert_eq!(other.claim_deliveries(10, at(5)).await.unwrap().len(), 1);
    assert!(listed(&other).await.is_empty());
}

/// What the operator says of undeclared kinds holds when they are enqueued and when they are
/// claimed.
pub async fn an_undeclared_kind_is_treated_as_its_node_is_told<A: Arena>(arena: A) {
    let other = arena.node().await;
    turn(&other, State::On, at(0)).await;
    let mut first = None;
    for (unknown, expected, claimed) in [
        (UnknownKind::Wait, DeliveryState::Queued, 0),
        (UnknownKind::Reject, DeliveryState::Queued, 0),
        (UnknownKind::Suppress, DeliveryState::Suppressed, 0),
        (UnknownKind::Send, DeliveryState::Queued, 1),
    ] {
        let new = notification(Class::Unclassified, at(1), "x");
        let id = new.id;
        let node = arena.open().await;
        node.enter(Enqueueing { notifications: vec![Arc::new(new)], unknown }).await.unwrap();
        assert_eq!(state(&other, id).await, expected, "{unknown}");
        let claiming = ClaimingDeliveries { limit: 10, unknown, now: at(2), age_at: Some(at(2)) };
        assert_eq!(node.enter(claiming).await.unwrap().len(), claimed, "{unknown}");
        first.get_or_insert(id);
    }
    let first = first.unwrap();
    assert_eq!(state(&other, first).await, DeliveryState::Suppressed, "what was kept follows the new setting");
}

/// R4: the change comes while a worker asks whether it may write.
///
/// Shown to fail by hand: without the lock, as above, and with `suppress` not minding `dot_at`, on
/// both stores.
pub async fn a_change_waits_for_the_dot_being_passed_and_counts_it_as_under_way<A: Arena>(arena: A) {
    let other = arena.node().await;
    let (id, claim) = claimed_page(&other).await;
    let passing = passing_dot(&arena, Stop::HavingRead, &claim, at(0)).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    assert!(passing.finish().await.unwrap());
    assert_eq!(suppressed(&turning.await.unwrap()), 0, "it is being written, and listed as suppressed");
    assert_eq!(state(&other, id).await, DeliveryState::Sending);
    other.settle_delivery(claim, Settlement::Done("250".into()), at(2)).await.unwrap();
    assert_eq!(state(&other, id).await, DeliveryState::Delivered);
}

/// R5: something is queued although the mode is on (by an operator's retry), and a worker looks for
/// work.
///
/// Shown to fail by hand: with `claim_deliveries` leasing every class and suppressing none, on both
/// stores; with the mode kept from one transaction to the next on SQLite.
pub async fn what_is_queued_under_the_mode_is_judged_when_it_is_claimed<A: Arena>(arena: A) {
    let (worker, other) = (arena.node().await, arena.node().await);
    let (id, claim) = claimed_page(&worker).await;
    let delivery = claim.item.delivery_id;
    worker.settle_delivery(claim, Settlement::Failed(Failure::permanent("550")), at(1)).await.unwrap();
    turn(&other, State::On, at(2)).await;
    assert!(other.act(delivery.into(), Action::Retry, at(3)).await.unwrap().is_some_and(|(_, applied)| applied));
    assert_eq!(worker.claim_deliveries(10, at(4)).await.unwrap().len(), 0, "it was claimed");
    assert_eq!(state(&other, id).await, DeliveryState::Suppressed);
}

/// R5: the change comes while something is being enqueued that was judged before it.
///
/// Shown to fail by hand: without the lock, as above; and on PostgreSQL as REPEATABLE READ (a bare
/// `BEGIN` in `ledger.rs`: the change then looks with a snapshot older than its lock, and misses
/// the row).
pub async fn a_change_waits_for_what_is_being_enqueued_and_suppresses_it<A: Arena>(arena: A) {
    let other = arena.node().await;
    let page = notification(Class::Paging, at(0), "page");
    let id = page.id;
    let enqueueing = enqueueing(&arena, Stop::HavingRead, page).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    assert!(matches!(enqueueing.finish().await.as_deref(), Ok([Enqueued::New(_)])));
    assert_eq!(suppressed(&turning.await.unwrap()), 1, "it was queued behind the change");
    assert_eq!(state(&other, id).await, DeliveryState::Suppressed);
}

/// R6: a worker says that it sent what a change is suppressing.
///
/// Shown to fail by hand: with `end` not minding the lease and the state, on both stores: it was
/// listed and delivered.
pub async fn a_settlement_waits_for_the_change_and_is_too_late<A: Arena>(arena: A) {
    let worker = arena.node().await;
    let (id, claim) = claimed_page(&worker).await;
    let change = changing(&arena, Stop::HavingWritten, State::On, None).await;
    let settles = Arc::clone(&worker);
    let mut settling =
        tokio::spawn(
            async move { settles.settle_delivery(claim, Settlement::Done("250".into()), at(2)).await.unwrap() },
        );
    assert!(waits(&mut settling).await, "the settlement did not wait");
    assert_eq!(suppressed(&change.finish().await.unwrap()), 1);
    assert_eq!(settling.await.unwrap(), Settled::LeaseLost);
    turn(&worker, State::Off, at(3)).await;
    assert_eq!(worker.claim_deliveries(10, at(4)).await.unwrap().len(), 0, "off is no resend");
    assert_eq!((state(&worker, id).await, listed(&worker).await.len()), (DeliveryState::Suppressed, 1));
}

/// R6: a change comes while a worker says that it sent something.
///
/// Shown to fail by hand: without the lock, as above.
pub async fn a_change_waits_for_the_settlement_and_leaves_it_alone<A: Arena>(arena: A) {
    let other = arena.node().await;
    let (id, claim) = claimed_page(&other).await;
    assert!(other.pass_dot(&claim, at(0)).await.unwrap());
    let settling = settling(&arena, Stop::HavingRead, claim, at(0)).await;
    let mut turning = turning(&other, State::On, at(1));
    assert!(waits(&mut turning).await, "the change did not wait");
    assert_eq!(settling.finish().await.unwrap(), [Settled::Recorded]);
    assert_eq!(suppressed(&turning.await.unwrap()), 0);
    assert_eq!((state(&other, id).await, listed(&other).await.len()), (DeliveryState::Delivered, 0));
}

/// So many pages each of two workers enqueues and sends.
const PAGES: i64 = 40;

/// A worker whose leases never lapse, and an administrator who changes the mode at every moment;
/// what was written to a relay.
async fn send_all(number: i64, worker: Subject, administrator: Subject) -> Vec<DeliveryId> {
    let mut written = Vec::new();
    let moment = async |page: i64, moment: i64| {
        // Each page meets changes at other moments than the one before it, and each worker at
        // others than the other.
        let states: &[State] = match (page * page + 3 * moment + number * page) % 7 {
            0 => &[State::On],
            1 | 2 => &[State::Off],
            3 => &[State::On, State::Off],
            _ => &[],
        };
        for state in states {
            turn(&administrator, *state, at(0)).await;
        }
    };
    for page in 0..PAGES {
        moment(page, 0).await;
        worker.enqueue(vec![Arc::new(notification(Class::Paging, at(0), "page"))]).await.unwrap();
        moment(page, 1).await;
        for claim in worker.claim_deliveries(10, at(0)).await.unwrap() {
            moment(page, 2).await;
            let id = claim.item.delivery_id;
            if worker.pass_dot(&claim, at(0)).await.unwrap() {
                written.push(id);
                moment(page, 3).await;
                let settled = worker.settle_delivery(claim, Settlement::Done("250".into()), at(0)).await.unwrap();
                assert_eq!(settled, Settled::Recorded, "a change took back what was being written");
            }
        }
    }
    written
}

/// R6, 160 moments for each of two workers side by side.
///
/// Shown to fail by hand: with `suppress` not minding `dot_at`, and with `mark_dot` not minding the
/// lease (on SQLite in most runs).
pub async fn whatever_the_timing_a_delivery_is_sent_or_suppressed_and_never_both<A: Arena>(arena: A) {
    let (one, two, other) = (arena.node().await, arena.node().await, arena.node().await);
    let workers =
        [(1, one), (2, two)].map(|(number, worker)| tokio::spawn(send_all(number, worker, Arc::clone(&other))));
    let mut written = Vec::new();
    for worker in workers {
        written.extend(worker.await.unwrap());
    }
    turn(&other, State::Off, at(1)).await;
    let listed = listed(&other).await;
    let sent: BTreeSet<DeliveryId> = written.iter().copied().collect();
    assert_eq!(sent.len(), written.len(), "something was sent twice");
    assert_eq!(sent.intersection(&listed).count(), 0, "something was sent and is listed as suppressed");
    let left = other.claim_deliveries(1000, at(2)).await.unwrap().len();
    assert_eq!(sent.len() + listed.len() + left, 2 * usize::try_from(PAGES).unwrap(), "something is neither");
    assert!(!sent.is_empty() && !listed.is_empty());
}
