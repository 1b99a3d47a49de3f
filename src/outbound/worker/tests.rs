//! The workers, against a relay that the test controls.

use super::{Deliveries, Worker};
use crate::clock::{Clock, FixedClock};
use crate::domain::failure::Failure;
use crate::domain::mode::{State, Version};
use crate::domain::notification::{Class, DeliveryState};
use crate::flag::steadiness::SteadyClock;
use crate::outbound::crew::Crew;
use crate::outbound::port::{DotGate, Line, Relay, SendAnswer};
use crate::store::Store;
use crate::store::claim::Claim;
use crate::store::conformance::{forget_down_to, noon, notification, turn};
use crate::store::desk::{Page, QueueFilter};
use crate::store::notification::Sending;
use crate::store::sqlite::{Existing, SqliteStore};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What a connection does with the next delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Take,
    /// Accepts it, but answers only when the test releases it.
    Linger,
    Drop,
    /// Asks the gate, then fails before anything is written.
    AskAndBreak,
    /// Fails before the recipient is named.
    Break,
}

#[derive(Clone, Default)]
struct Told {
    deeds: Arc<Mutex<VecDeque<Deed>>>,
    sends: Arc<Mutex<u32>>,
    lingering: Arc<AtomicU32>,
    let_go: Arc<tokio::sync::Notify>,
}

struct ToldLine(Told, bool);

#[async_trait]
impl Relay for Told {
    async fn open(&self) -> Result<Box<dyn Line>, Failure> {
        Ok(Box::new(ToldLine(self.clone(), true)))
    }

    fn name(&self) -> String {
        "told".into()
    }
}

#[async_trait]
impl Line for ToldLine {
    async fn send(&mut self, _: &Claim<Sending>, gate: &dyn DotGate) -> SendAnswer {
        *self.0.sends.lock().unwrap() += 1;
        let deed = self.0.deeds.lock().unwrap().pop_front().unwrap_or(Deed::Take);
        match deed {
            Deed::Linger => {
                assert!(gate.may_write().await);
                let go = self.0.let_go.notified();
                self.0.lingering.fetch_add(1, Ordering::SeqCst);
                go.await;
                SendAnswer::Done("250".into())
            }
            Deed::Take if gate.may_write().await => SendAnswer::Done("250".into()),
            Deed::Take => {
                self.1 = false;
                SendAnswer::Revoked
            }
            Deed::Drop => {
                self.1 = false;
                SendAnswer::Dropped(Failure::temporary("421 go away"))
            }
            Deed::Break => {
                self.1 = false;
                SendAnswer::Unreachable(Failure::temporary("connection refused"))
            }
            Deed::AskAndBreak => {
                assert!(gate.may_write().await);
                SendAnswer::Unreachable(Failure::temporary("the folder is not writable"))
            }
        }
    }

    fn is_usable(&self) -> bool {
        self.1
    }

    async fn close(self: Box<Self>) {}
}

struct Bench {
    store: Arc<dyn Store>,
    relay: Told,
    deliveries: Deliveries,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let clock = FixedClock::at(noon());
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let relay = Told::default();
        let first_retry = Duration::from_secs(30);
        let wake = Arc::new(Notify::new());
        let crew = Crew::new(2, Duration::ZERO);
        let steady = Arc::new(SteadyClock::new(Arc::clone(&time)));
        let deliveries =
            Deliveries::new(Arc::clone(&store), Arc::new(relay.clone()), time, steady, wake, first_retry, crew);
        Self { store, relay, deliveries, clock, _folder: folder }
    }

    async fn enqueue(&self, class: Class, count: usize) {
        let new = (0..count).map(|_| Arc::new(notification(class, noon(), "x"))).collect();
        self.store.enqueue(new).await.unwrap();
    }

    fn worker(&self) -> Worker<'_> {
        Worker::new(&self.deliveries)
    }

    /// A turn of a worker without a connection.
    async fn turn(&self, deeds: &[Deed]) {
        self.turn_of(&mut self.worker(), deeds).await;
    }

    async fn turn_of(&self, worker: &mut Worker<'_>, deeds: &[Deed]) {
        self.relay.deeds.lock().unwrap().extend(deeds);
        worker.tick(&CancellationToken::new()).await.unwrap();
    }

    async fn count(&self, state: DeliveryState) -> usize {
        let filter = QueueFilter { state: Some(state.as_str().into()), ..QueueFilter::default() };
        self.store.queue(filter, Page { limit: 100, after: None }).await.unwrap().len()
    }

    fn sends(&self) -> u32 {
        *self.relay.sends.lock().unwrap()
    }
}

#[tokio::test]
async fn one_delivery_the_relay_hangs_up_on_does_not_hold_up_the_others() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 5).await;
    bench.turn(&[Deed::Drop, Deed::Take, Deed::Take, Deed::Take, Deed::Take]).await;
    assert_eq!(bench.count(DeliveryState::Delivered).await, 4);
    assert_eq!(bench.count(DeliveryState::Queued).await, 1);
    assert_eq!(bench.store.pauses().await.unwrap(), []);
}

#[tokio::test]
async fn a_relay_that_hangs_up_on_everybody_stops_the_flow() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 5).await;
    bench.turn(&[Deed::Drop; 5]).await;
    assert_eq!(bench.sends(), 3);
    assert_eq!(bench.store.pauses().await.unwrap().len(), 1);
    assert_eq!(bench.count(DeliveryState::Queued).await, 5);
}

#[tokio::test]
async fn an_outage_met_by_eight_workers_ends_with_one_probe_after_a_second() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 100).await;
    let mut workers: [Worker<'_>; 8] = std::array::from_fn(|_| bench.worker());
    bench.relay.deeds.lock().unwrap().extend([Deed::Break; 8]);
    let stop = CancellationToken::new();
    futures_util::future::join_all(workers.iter_mut().map(|worker| worker.tick(&stop))).await;
    assert_eq!(bench.store.pauses().await.unwrap()[0].failures, 1);
    let tried = bench.sends();
    bench.relay.deeds.lock().unwrap().clear();
    bench.turn(&[]).await;
    assert_eq!(bench.sends(), tried, "nothing goes out before the second is over");
    bench.clock.advance(Duration::from_secs(1));
    bench.turn(&[]).await;
    assert_eq!((bench.sends(), bench.count(DeliveryState::Delivered).await), (tried + 1, 1), "one probe");
    bench.turn(&[]).await;
    assert_eq!((bench.sends(), bench.store.pauses().await.unwrap().len()), (tried + 33, 0), "the flow moves");
}

#[tokio::test]
async fn a_probe_without_a_reply_prolongs_the_standstill() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 3).await;
    bench.turn(&[Deed::Break]).await;
    bench.clock.advance(Duration::from_secs(1));
    bench.turn(&[Deed::Drop]).await;
    assert_eq!(bench.store.pauses().await.unwrap()[0].failures, 2);
}

#[tokio::test]
async fn a_kept_line_that_was_hung_up_is_replaced_at_once() {
    let bench = Bench::open().await;
    let mut worker = bench.worker();
    bench.enqueue(Class::Ordinary, 1).await;
    bench.turn_of(&mut worker, &[Deed::Take]).await;
    bench.enqueue(Class::Ordinary, 1).await;
    bench.turn_of(&mut worker, &[Deed::Drop, Deed::Take]).await;
    assert_eq!(bench.count(DeliveryState::Delivered).await, 2);
}

#[tokio::test]
async fn a_relay_that_breaks_after_the_gate_was_passed_stops_the_flow_instead_of_spinning() {
    let bench = Bench::open().await;
    let mut worker = bench.worker();
    bench.enqueue(Class::Ordinary, 1).await;
    bench.turn_of(&mut worker, &[Deed::Take]).await;
    bench.enqueue(Class::Paging, 1).await;
    bench.turn_of(&mut worker, &[Deed::AskAndBreak]).await;
    assert_eq!(bench.sends(), 2);
    assert_eq!(bench.store.pauses().await.unwrap().len(), 1);
    assert_eq!(bench.count(DeliveryState::Queued).await, 1);
}

#[tokio::test]
async fn a_store_that_went_back_sends_nothing_until_somebody_says_what_holds() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 1).await;
    bench.enqueue(Class::Paging, 1).await;
    forget_down_to(&bench.store, Version(9)).await;
    assert!(bench.worker().tick(&CancellationToken::new()).await.is_err());
    assert_eq!((bench.sends(), bench.count(DeliveryState::Queued).await), (0, 2));
    turn(&bench.store, State::On, noon()).await;
    bench.turn(&[Deed::Take, Deed::Take]).await;
    assert_eq!((bench.sends(), bench.count(DeliveryState::Suppressed).await), (1, 1));
}

impl Bench {
    /// Waits until `count` deliveries await the answer to their dot.
    async fn await_lingering(&self, count: u32) {
        while self.relay.lingering.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn deliveries_go_out_while_others_wait_for_their_dot_and_each_leaves_once() {
    let bench = Bench::open().await;
    bench.enqueue(Class::Ordinary, 5).await;
    bench.relay.deeds.lock().unwrap().extend([Deed::Linger, Deed::Linger]);
    let stop = CancellationToken::new();
    let work =
        futures_util::future::join_all((0..bench.deliveries.workers()).map(|_| bench.deliveries.run(stop.clone())));
    let look = async {
        bench.await_lingering(2).await;
        while bench.count(DeliveryState::Delivered).await < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.count(DeliveryState::Sending).await, 2, "they keep their leases");
        bench.relay.let_go.notify_waiters();
        while bench.count(DeliveryState::Delivered).await < 5 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    tokio::join!(work, look);
    assert_eq!(bench.sends(), 5);
}

#[tokio::test]
async fn when_every_line_waits_for_over_a_minute_that_is_on_record_until_one_is_answered() {
    let bench = Bench::open().await;
    let lines = bench.deliveries.workers();
    bench.enqueue(Class::Ordinary, lines + 1).await;
    bench.relay.deeds.lock().unwrap().extend(vec![Deed::Linger; lines]);
    let stop = CancellationToken::new();
    let work = futures_util::future::join_all((0..lines).map(|_| bench.deliveries.run(stop.clone())));
    let look = async {
        while bench.deliveries.crew.stuck_since().is_none() {
            tokio::task::yield_now().await;
        }
        bench.clock.advance(Duration::from_secs(59));
        bench.deliveries.look().await;
        assert_eq!(bench.store.pauses().await.unwrap(), []);
        bench.clock.advance(Duration::from_secs(1));
        bench.deliveries.look().await;
        let pause = bench.store.pauses().await.unwrap().remove(0);
        assert!(pause.reason.contains("all 4 lines to told wait for its answer"), "{}", pause.reason);
        bench.relay.let_go.notify_waiters();
        while bench.count(DeliveryState::Delivered).await < lines + 1 {
            tokio::task::yield_now().await;
        }
        bench.deliveries.look().await;
        assert_eq!(bench.store.pauses().await.unwrap(), []);
        stop.cancel();
    };
    tokio::join!(work, look);
}
