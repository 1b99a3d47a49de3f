//! Hand-overs against an application with a read-only mode of its own.

use super::HandOvers;
use crate::clock::{Clock, FixedClock};
use crate::domain::failure::Failure;
use crate::domain::mail::Intent;
use crate::domain::mode::State;
use crate::inbound::port::{AppInbox, HandOverAnswer};
use crate::policy::rules::Rules;
use crate::store::Store;
use crate::store::claim::Claim;
use crate::store::conformance::{at, forget_down_to, noon, offer, recipient, rules, turn};
use crate::store::desk::{Cause, Page, QueueFilter};
use crate::store::mail::HandOver;
use crate::store::sqlite::{Existing, SqliteStore};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct App {
    is_read_only: AtomicBool,
    asked: AtomicU32,
}

#[async_trait]
impl AppInbox for App {
    async fn offer(&self, _: &Claim<HandOver>) -> HandOverAnswer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.is_read_only.load(Ordering::SeqCst) {
            true => HandOverAnswer::ReadOnly(Failure::temporary("it answered 403"), None),
            false => HandOverAnswer::Done("200".into()),
        }
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok("there".into())
    }

    fn name(&self) -> String {
        "app".into()
    }
}

struct Bench {
    store: Arc<dyn Store>,
    clock: FixedClock,
    app: Arc<App>,
    hand_overs: HandOvers,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// With one mail accepted, and an application that is read-only.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let (clock, app) = (FixedClock::at(noon()), Arc::new(App::default()));
        app.is_read_only.store(true, Ordering::SeqCst);
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let rules_of_operator = Arc::new(Rules::default());
        let hand_overs =
            HandOvers::new(Arc::clone(&store), app.clone(), rules_of_operator, time, Arc::new(Notify::new()));
        store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
        Self { store, clock, app, hand_overs, _folder: folder }
    }

    /// One turn: how many mails were settled, and how often the application was asked so far.
    async fn turn(&self) -> (usize, u32) {
        let settled = self.hand_overs.tick(&CancellationToken::new()).await.unwrap();
        (settled, self.app.asked.load(Ordering::SeqCst))
    }

    /// Why it stands still.
    async fn reason(&self) -> String {
        let pause = self.store.pauses().await.unwrap().pop().expect("a standstill");
        assert_eq!(pause.cause, Cause::ReadOnly);
        pause.reason
    }
}

#[tokio::test]
async fn the_alarm_says_that_the_application_is_read_only_and_postern_is_not() {
    let bench = Bench::open().await;
    assert_eq!(bench.turn().await, (0, 1));
    let reason = bench.reason().await;
    assert!(reason.starts_with("the application is read-only and Postern is not"), "{reason}");
    assert!(reason.contains("it answered 403 (offering mail "), "{reason}");
    let waiting = bench.store.queue(QueueFilter::default(), Page { limit: 9, after: None }).await.unwrap();
    assert_eq!((waiting[0].state.as_str(), waiting[0].attempts), ("waiting", 0), "it is neither failed nor counted");
    assert_eq!(waiting[0].reason.as_deref(), Some(reason.as_str()));
}

#[tokio::test]
async fn a_change_of_our_mode_asks_the_application_again_at_once_and_renews_the_alarm() {
    let bench = Bench::open().await;
    bench.turn().await;
    assert_eq!(bench.turn().await, (0, 1), "it waits");
    turn(&bench.store, State::On, noon()).await;
    assert_eq!(bench.turn().await, (0, 2));
    assert!(bench.reason().await.starts_with("the application is read-only, as Postern is"));
    assert_eq!(bench.turn().await, (0, 2), "once for a change");
    bench.app.is_read_only.store(false, Ordering::SeqCst);
    turn(&bench.store, State::Off, noon()).await;
    assert_eq!(bench.turn().await, (1, 3));
    assert_eq!(bench.store.pauses().await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_went_back_offers_nothing_until_somebody_says_what_holds() {
    let bench = Bench::open().await;
    bench.app.is_read_only.store(false, Ordering::SeqCst);
    forget_down_to(&bench.store, 9).await;
    assert!(bench.hand_overs.tick(&CancellationToken::new()).await.is_err());
    bench.clock.advance(Duration::from_secs(60));
    assert!(bench.hand_overs.tick(&CancellationToken::new()).await.is_err());
    assert_eq!(bench.app.asked.load(Ordering::SeqCst), 0);
    turn(&bench.store, State::Off, noon()).await;
    assert_eq!(bench.turn().await, (1, 1));
}
