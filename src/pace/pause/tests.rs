//! Standstills of a single process and of several.

use super::{ABANDONED, Pass, Standstill};
use crate::clock::{Clock, FixedClock};
use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::conformance::noon;
use crate::store::desk::{Cause, Flow};
use crate::store::sqlite::{Existing, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    store: Arc<dyn Store>,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        Self { store: Arc::new(store), clock: FixedClock::at(noon()), _folder: folder }
    }

    /// The relay's standstill as one of several processes sees it.
    fn process(&self) -> Standstill {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        Standstill::new(Flow::Relay, Arc::clone(&self.store), clock)
    }

    /// The recorded number of failures; `None` while the flow moves.
    async fn failures(&self) -> Option<i64> {
        self.store.pauses().await.unwrap().first().map(|pause| pause.failures)
    }
}

async fn fail(standstill: &Standstill, pass: Pass<'_>) {
    standstill.begin(pass, Cause::Trouble, &Failure::temporary("connection refused"), None).await;
}

#[tokio::test]
async fn eight_workers_that_meet_the_same_outage_count_it_once_and_a_probe_goes_out_after_a_second() {
    let bench = Bench::open().await;
    let relay = bench.process();
    let passes: Vec<Pass<'_>> = (0..8).map(|_| relay.pass().unwrap()).collect();
    for pass in passes {
        fail(&relay, pass).await;
    }
    assert_eq!(bench.failures().await, Some(1));
    assert!(relay.pass().is_none(), "it waits");
    bench.clock.advance(SECOND);
    assert!(relay.pass().is_some_and(|pass| pass.is_probe()));
}

#[tokio::test]
async fn one_probe_goes_out_at_a_time_and_its_success_lets_all_go() {
    let bench = Bench::open().await;
    let relay = bench.process();
    fail(&relay, relay.pass().unwrap()).await;
    bench.clock.advance(SECOND);
    let probe = relay.pass().unwrap();
    assert!(relay.pass().is_none(), "the others wait for the probe");
    relay.end().await;
    drop(probe);
    assert!((0..8).all(|_| relay.pass().is_some_and(|pass| !pass.is_probe())));
    assert_eq!(bench.failures().await, None);
}

#[tokio::test]
async fn a_probe_that_came_to_nothing_leaves_its_place_to_another() {
    let bench = Bench::open().await;
    let relay = bench.process();
    fail(&relay, relay.pass().unwrap()).await;
    bench.clock.advance(SECOND);
    drop(relay.pass().unwrap());
    let probe = relay.pass().unwrap();
    fail(&relay, probe).await;
    assert_eq!(bench.failures().await, Some(2));
    bench.clock.advance(SECOND);
    assert!(relay.pass().is_none(), "the second wait is longer");
    bench.clock.advance(SECOND);
    assert!(relay.pass().is_some());
}

#[tokio::test]
async fn a_failure_that_began_before_the_end_of_an_outage_does_not_begin_another() {
    let bench = Bench::open().await;
    let relay = bench.process();
    let (early, late) = (relay.pass().unwrap(), relay.pass().unwrap());
    fail(&relay, early).await;
    relay.end().await;
    fail(&relay, late).await;
    assert_eq!(bench.failures().await, None);
}

#[tokio::test]
async fn a_process_that_gets_through_lets_the_others_probe_at_once() {
    let bench = Bench::open().await;
    let (one, other) = (bench.process(), bench.process());
    for _ in 0..6 {
        bench.clock.advance(Duration::from_secs(60));
        fail(&one, one.pass().unwrap()).await;
    }
    fail(&other, other.pass().unwrap()).await;
    bench.clock.advance(SECOND);
    one.heed_others().await;
    assert!(one.pass().is_none(), "its own wait is longer");
    other.end().await;
    bench.clock.advance(SECOND);
    one.heed_others().await;
    let probe = one.pass().expect("the other got through");
    fail(&one, probe).await;
    assert_eq!(bench.failures().await, Some(7), "one that is cut off alone says so again");
}

#[tokio::test]
async fn the_record_of_a_process_that_died_goes_away() {
    let bench = Bench::open().await;
    let (dead, alive) = (bench.process(), bench.process());
    fail(&dead, dead.pass().unwrap()).await;
    alive.heed_others().await;
    assert_eq!(bench.failures().await, Some(1), "it may still be there");
    bench.clock.advance(ABANDONED + SECOND);
    alive.heed_others().await;
    assert_eq!(bench.failures().await, None);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_does_not_prolong_a_standstill() {
    let bench = Bench::open().await;
    let relay = bench.process();
    fail(&relay, relay.pass().unwrap()).await;
    bench.clock.set(noon() - jiff::SignedDuration::from_hours(2));
    bench.clock.advance(SECOND);
    assert!(relay.pass().is_some());
}
