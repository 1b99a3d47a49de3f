//! Telling an application whose answers the test controls.

use super::{Herald, TURN, Teller};
use crate::clock::FixedClock;
use crate::domain::failure::Failure;
use crate::domain::mode::{HistoryEntry, State, Version};
use crate::flag::watch::Watch;
use crate::store::Store;
use crate::store::conformance::{forget_down_to, noon, turn};
use crate::store::sqlite::{Existing, SqliteStore};
use crate::store::telling::Webhook;
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct App {
    is_down: AtomicBool,
    heard: Mutex<Vec<i64>>,
}

#[async_trait]
impl Herald for App {
    async fn tell(&self, change: &HistoryEntry) -> Result<(), Failure> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Failure::temporary("it is down"));
        }
        self.heard.lock().unwrap().push(change.mode.version.0);
        Ok(())
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok("there".into())
    }

    fn webhook(&self) -> Webhook {
        [1; 32]
    }
}

struct Bench {
    store: Arc<dyn Store>,
    clock: FixedClock,
    app: Arc<App>,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        Self { store: Arc::new(store), clock: FixedClock::at(noon()), app: Arc::default(), _folder: folder }
    }

    fn teller(&self) -> Teller {
        let clock = Arc::new(self.clock.clone());
        let watch = Arc::new(Watch::new(Arc::clone(&self.store), clock.clone()));
        Teller::new(Arc::clone(&self.store), watch, clock, self.app.clone())
    }

    /// Changes the mode `count` times.
    async fn change(&self, count: usize) {
        for _ in 0..count {
            let state = if self.store.mode().await.unwrap().state == State::On { State::Off } else { State::On };
            turn(&self.store, state, noon()).await;
        }
    }

    /// Takes turns until the next one has to wait.
    async fn settle(&self, teller: &mut Teller) -> Duration {
        loop {
            let wait = teller.tick().await.unwrap();
            if wait > Duration::ZERO {
                return wait;
            }
        }
    }

    fn heard(&self) -> Vec<i64> {
        self.app.heard.lock().unwrap().clone()
    }

    fn is_down(&self, is_down: bool) {
        self.app.is_down.store(is_down, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_new_webhook_is_told_where_the_mode_stands_and_then_each_change_in_order() {
    let bench = Bench::open().await;
    bench.change(2).await;
    let mut teller = bench.teller();
    assert_eq!(bench.settle(&mut teller).await, TURN);
    assert_eq!(bench.heard(), [3]);
    bench.change(3).await;
    bench.settle(&mut teller).await;
    bench.settle(&mut teller).await;
    assert_eq!(bench.heard(), [3, 4, 5, 6]);
}

#[tokio::test]
async fn after_a_failure_the_newest_is_told_once_it_works_again() {
    let bench = Bench::open().await;
    let mut teller = bench.teller();
    bench.settle(&mut teller).await;
    bench.is_down(true);
    bench.change(1).await;
    let wait = teller.tick().await.unwrap();
    assert!(wait > Duration::ZERO && wait <= super::FIRST);
    let told = bench.store.told([1; 32]).await.unwrap().unwrap();
    assert_eq!((told.version, told.failures, told.reason.as_deref()), (Version(1), 1, Some("it is down")));
    // Too early for a retry.
    bench.is_down(false);
    assert!(teller.tick().await.unwrap() <= wait);
    assert_eq!(bench.heard(), [1]);
    bench.clock.advance(wait);
    bench.settle(&mut teller).await;
    assert_eq!(bench.heard(), [1, 2]);
}

#[tokio::test]
async fn a_change_during_a_failure_is_told_at_once_and_what_lay_between_is_left_out() {
    let bench = Bench::open().await;
    let mut teller = bench.teller();
    bench.settle(&mut teller).await;
    bench.is_down(true);
    bench.change(1).await;
    teller.tick().await.unwrap();
    bench.change(2).await;
    bench.is_down(false);
    bench.settle(&mut teller).await;
    assert_eq!(bench.heard(), [1, 4]);
}

#[tokio::test]
async fn failures_are_tried_again_ever_more_slowly_without_end() {
    let bench = Bench::open().await;
    bench.is_down(true);
    let mut teller = bench.teller();
    let mut tries = 0;
    for _ in 0..3600 {
        teller.tick().await.unwrap();
        bench.clock.advance(Duration::from_secs(1));
    }
    while let Some(told) = bench.store.told([1; 32]).await.unwrap().filter(|told| told.failures > tries) {
        tries = told.failures;
    }
    assert!((10..40).contains(&tries), "{tries} tries in an hour");
}

#[tokio::test]
async fn a_restart_neither_forgets_nor_repeats() {
    let bench = Bench::open().await;
    let mut first = bench.teller();
    bench.settle(&mut first).await;
    drop(first);
    bench.clock.advance(Duration::from_secs(31));
    bench.settle(&mut bench.teller()).await;
    assert_eq!(bench.heard(), [1]);
    bench.change(3).await;
    bench.clock.advance(Duration::from_secs(31));
    bench.settle(&mut bench.teller()).await;
    assert_eq!(bench.heard(), [1, 4]);
}

#[tokio::test]
async fn of_several_processes_one_tells_and_another_goes_on_when_it_dies() {
    let bench = Bench::open().await;
    let (mut one, mut other) = (bench.teller(), bench.teller());
    for _ in 0..3 {
        bench.settle(&mut one).await;
        assert_eq!(bench.settle(&mut other).await, TURN);
        bench.change(1).await;
        bench.clock.advance(TURN);
    }
    assert_eq!(bench.heard(), [1, 2, 3]);
    bench.clock.advance(Duration::from_secs(31));
    bench.settle(&mut other).await;
    assert_eq!(bench.heard(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn nothing_is_told_while_the_mode_is_unknown() {
    let bench = Bench::open().await;
    let mut teller = bench.teller();
    forget_down_to(&bench.store, Version(9)).await;
    assert!(teller.tick().await.is_err());
    turn(&bench.store, State::Off, noon()).await;
    bench.settle(&mut teller).await;
    assert_eq!(bench.heard(), [10]);
}
