//! Handing over to an application with a read-only mode of its own, and to one that fails over
//! single mails.

use super::HandOvers;
use crate::clock::{Clock, FixedClock};
use crate::domain::failure::Failure;
use crate::domain::mail::Intent;
use crate::domain::mode::{State, Version};
use crate::inbound::port::{AppInbox, HandOverAnswer};
use crate::policy::rules::Rules;
use crate::store::Store;
use crate::store::claim::Claim;
use crate::store::conformance::{at, forget_down_to, noon, offer, recipient, rules, turn};
use crate::store::desk::{Cause, Page, QueueFilter};
use crate::store::mail::HandOver;
use crate::store::sqlite::{Existing, SqliteStore};
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct App {
    is_read_only: AtomicBool,
    asked: AtomicU32,
    /// The application fails over mail with these keys.
    fails_over: Mutex<Vec<&'static str>>,
    /// The keys of the offered mails, in order.
    offered: Mutex<Vec<String>>,
}

#[async_trait]
impl AppInbox for App {
    async fn offer(&self, claim: &Claim<HandOver>) -> HandOverAnswer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let key = claim.item.key.clone();
        self.offered.lock().unwrap().push(key.clone());
        if self.fails_over.lock().unwrap().contains(&key.as_str()) {
            return HandOverAnswer::Stumble(Failure::temporary("it answered 500"), None);
        }
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
    /// A bench with one accepted mail and a read-only application.
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

    /// One turn: the number of settled mails, and the number of requests to the application so far.
    async fn turn(&self) -> (usize, u32) {
        let settled = self.hand_overs.tick(&CancellationToken::new()).await.unwrap();
        (settled, self.app.asked.load(Ordering::SeqCst))
    }

    /// Accepts a mail with this key, after all earlier ones.
    async fn accept(&self, key: &'static str, second: i64) {
        let mut to = recipient(Intent::Reply, key);
        to.key = key.into();
        self.store.offer(offer(at(second), vec![to], key), rules()).await.unwrap();
    }

    /// A bench with mail for `a`, `b` and `c`, and an application that fails over `fails_over`.
    async fn stumbling(fails_over: &[&'static str]) -> Self {
        let bench = Self::open().await;
        bench.app.is_read_only.store(false, Ordering::SeqCst);
        bench.turn().await;
        for (key, second) in [("a", 1), ("b", 2), ("c", 3)] {
            bench.accept(key, second).await;
        }
        bench.clock.advance(Duration::from_secs(9));
        bench.app.offered.lock().unwrap().clear();
        bench.app.fails_over.lock().unwrap().extend(fails_over);
        bench
    }

    /// Takes `count` turns, each when the next probe is due.
    async fn turns(&self, count: usize) {
        for _ in 0..count {
            self.turn().await;
            self.clock.advance(Duration::from_secs(600));
        }
    }

    fn offered(&self) -> String {
        self.app.offered.lock().unwrap().concat()
    }

    /// State and reason of the mails not yet handed over.
    async fn left(&self) -> Vec<(String, String)> {
        let rows = self.store.queue(QueueFilter::default(), Page { limit: 9, after: None }).await.unwrap();
        rows.into_iter().map(|row| (row.state.as_str().to_owned(), row.reason.unwrap_or_default())).collect()
    }

    /// The reason for the standstill.
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
    assert!(reason.contains("it answered 403 (offering mail "), "{reason}");
    assert!(reason.contains("). Postern's own mode is off: "), "what was seen comes first: {reason}");
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
    assert!(bench.reason().await.contains("Postern's own mode is on, too"));
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
    forget_down_to(&bench.store, Version(9)).await;
    assert!(bench.hand_overs.tick(&CancellationToken::new()).await.is_err());
    bench.clock.advance(Duration::from_secs(60));
    assert!(bench.hand_overs.tick(&CancellationToken::new()).await.is_err());
    assert_eq!(bench.app.asked.load(Ordering::SeqCst), 0);
    turn(&bench.store, State::Off, noon()).await;
    assert_eq!(bench.turn().await, (1, 1));
}

#[tokio::test]
async fn a_mail_over_which_the_application_fails_alone_is_set_aside_and_the_others_go_on_in_order() {
    let bench = Bench::stumbling(&["a"]).await;
    bench.turns(4).await;
    assert_eq!(bench.offered(), "aaabac", "three tries, the next one, once more, and on");
    let left = bench.left().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, "failed");
    assert!(left[0].1.contains("failed over this mail 4 times") && left[0].1.contains("it answered 500"), "{left:?}");
    assert_eq!(bench.store.pauses().await.unwrap(), []);
}

#[tokio::test]
async fn an_application_that_fails_over_the_next_mail_too_sets_nothing_aside() {
    let bench = Bench::stumbling(&["a", "b"]).await;
    bench.turns(6).await;
    assert_eq!(bench.offered(), "aaabababab");
    assert!(bench.left().await.iter().all(|(state, _)| state == "waiting"));
    assert_eq!(bench.left().await.len(), 3);
    bench.app.fails_over.lock().unwrap().clear();
    bench.turns(2).await;
    assert!(bench.offered().ends_with("babc"), "in order of arrival: {}", bench.offered());
}

#[tokio::test]
async fn a_read_only_application_sets_nothing_aside_however_often_it_is_asked() {
    let bench = Bench::stumbling(&["a"]).await;
    bench.turns(2).await;
    bench.app.is_read_only.store(true, Ordering::SeqCst);
    bench.turns(5).await;
    bench.app.fails_over.lock().unwrap().clear();
    bench.turns(5).await;
    assert!(bench.left().await.iter().all(|(state, _)| state == "waiting"));
    assert_eq!(bench.left().await.len(), 3);
}

#[tokio::test]
async fn the_only_mail_waits_however_often_the_application_fails_over_it() {
    let bench = Bench::open().await;
    bench.app.is_read_only.store(false, Ordering::SeqCst);
    bench.turn().await;
    bench.accept("a", 1).await;
    bench.app.fails_over.lock().unwrap().push("a");
    bench.clock.advance(Duration::from_secs(9));
    bench.turns(6).await;
    assert!(bench.offered().ends_with("aaaaaa"), "{}", bench.offered());
    assert_eq!(bench.left().await[0].0, "waiting");
}
