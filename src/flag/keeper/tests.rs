//! The keeper, on a store and with a clock that the test moves.

mod model;

use super::*;
use crate::clock::FixedClock;
use crate::domain::mode::{Change, How, State};
use crate::domain::window::{Outlook, WindowState};
use crate::flag::plan::{End, PlanError, Planner, Wish};
use crate::flag::steadiness::WATCHED;
use crate::store::conformance::{self, noon};
use crate::store::mode::Author;
use crate::store::sqlite::{Existing, SqliteStore};
use jiff::SignedDuration;
use std::result::Result;

/// What a process does about every second.
async fn turn(keeper: &Keeper) {
    if keeper.is_due().await.unwrap() {
        assert_ne!(keeper.tick().await.unwrap(), 0, "something was due");
    }
}

/// A store, its clock, and helpers for both.
struct House {
    store: Arc<dyn Store>,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        Self { store: Arc::new(store), clock: FixedClock::at(noon()), _folder: folder }
    }

    fn keeper(&self) -> Keeper {
        let (store, clock) = (Arc::clone(&self.store), Arc::new(self.clock.clone()));
        let watch = Arc::new(Watch::new(Arc::clone(&self.store), Arc::new(self.clock.clone())));
        Keeper::new(store, watch, clock, Vec::new())
    }

    /// A keeper that has watched the clock for long enough.
    async fn steady_keeper(&self) -> Keeper {
        let keeper = self.keeper();
        turn(&keeper).await;
        self.pass(WATCHED.as_secs());
        keeper
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Sets the wall clock ahead, or back, by `seconds`.
    fn jump(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    /// Schedules a window that starts in `starts_in` seconds and lasts `seconds`.
    async fn plan(&self, starts_in: i64, seconds: i64, auto_off: bool) -> Result<Window, PlanError> {
        let starts = (self.clock.now() + SignedDuration::from_secs(starts_in)).to_string();
        let wish = Wish { starts, ends: End::After(format!("{seconds}s")), zone: None, message: None, auto_off };
        Planner::new(Arc::clone(&self.store), Arc::new(self.clock.clone())).schedule(wish, "ann".into()).await
    }

    async fn mode(&self) -> Mode {
        self.store.mode().await.unwrap()
    }

    async fn set(&self, change: Change) {
        let author = Author { name: "bob".into(), how: How::Api };
        self.store.change_mode(change, None, author, self.clock.now()).await.unwrap();
    }

    async fn states(&self) -> Vec<WindowState> {
        let page = crate::store::desk::Page { limit: 100, after: None };
        self.store.windows(None, page).await.unwrap().iter().rev().map(|window| window.state).collect()
    }

    async fn outlook(&self) -> Outlook {
        Outlook::new(&self.mode().await, &self.store.standing_windows().await.unwrap(), self.clock.now())
    }
}

#[tokio::test]
async fn a_window_opens_at_once_for_a_new_keeper_and_ends_only_for_a_steady_one() {
    let house = House::open().await;
    house.plan(10, 15, true).await.unwrap();
    house.pass(12);
    let keeper = house.keeper();
    turn(&keeper).await;
    assert_eq!(house.states().await, [WindowState::Open]);
    house.pass(20);
    turn(&keeper).await;
    assert_eq!(house.mode().await.state, State::On);
    house.pass(10);
    turn(&keeper).await;
    assert_eq!((house.mode().await.state, house.states().await), (State::Off, vec![WindowState::Ended]));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_ends_and_misses_nothing() {
    let house = House::open().await;
    house.plan(0, 3600, true).await.unwrap();
    house.plan(7200, 3600, false).await.unwrap();
    let keeper = house.steady_keeper().await;
    turn(&keeper).await;
    house.jump(86_400 * 3650);
    for _ in 0..20 {
        turn(&keeper).await;
        house.pass(1);
    }
    assert_eq!(house.states().await, [WindowState::Open, WindowState::Scheduled]);
    house.jump(-86_400 * 3650);
    for _ in 0..60 {
        turn(&keeper).await;
        house.pass(1);
    }
    assert_eq!(
        (house.mode().await.state, house.states().await),
        (State::On, vec![WindowState::Open, WindowState::Scheduled])
    );
    // After a machine slept through the end its clock is right, but trusted only a little later.
    house.jump(3600);
    turn(&keeper).await;
    assert_eq!(house.mode().await.state, State::On);
    house.pass(30);
    turn(&keeper).await;
    assert_eq!(house.mode().await.state, State::Off);
}

#[tokio::test]
async fn an_end_put_off_puts_off_the_end_by_itself_and_one_taken_away_leaves_it_to_people() {
    let house = House::open().await;
    house.plan(0, 60, true).await.unwrap();
    let keeper = house.steady_keeper().await;
    let end = house.mode().await.until.unwrap();
    let later = end + SignedDuration::from_secs(60);
    house.set(Change { until: Some(Some(later)), ..Change::default() }).await;
    house.pass(59);
    turn(&keeper).await;
    assert_eq!((house.mode().await.state, house.outlook().await.overrun), (State::On, None));
    house.set(Change { until: Some(None), ..Change::default() }).await;
    house.pass(60);
    turn(&keeper).await;
    assert_eq!(house.mode().await.state, State::On);
    assert_eq!(house.outlook().await.overrun.unwrap().since, end);
    house.set(Change { until: Some(Some(later)), ..Change::default() }).await;
    turn(&keeper).await;
    assert_eq!(house.mode().await.state, State::Off);
}

#[tokio::test]
async fn maintenance_beyond_its_end_is_an_overrun_until_it_is_off_planned_or_not() {
    let house = House::open().await;
    let until = house.clock.now() + SignedDuration::from_secs(100);
    house.set(Change { state: Some(State::On), until: Some(Some(until)), ..Change::default() }).await;
    house.pass(99);
    assert_eq!(house.outlook().await.overrun, None);
    house.pass(11);
    let overrun = house.outlook().await.overrun.unwrap();
    assert_eq!((overrun.since, overrun.seconds), (until, 10));
    conformance::turn(&house.store, State::Off, house.clock.now()).await;
    assert_eq!(house.outlook().await.overrun, None);
    let window = house.plan(0, 60, false).await.unwrap();
    let keeper = house.steady_keeper().await;
    house.pass(100);
    turn(&keeper).await;
    let outlook = house.outlook().await;
    assert_eq!(outlook.overrun.map(|overrun| (overrun.since, overrun.seconds)), Some((window.ends_at, 70)));
    assert_eq!(outlook.window.unwrap().overrun_seconds, Some(70));
    conformance::turn(&house.store, State::Off, house.clock.now()).await;
    let ended = house.store.window(window.id).await.unwrap().unwrap().shown(house.clock.now());
    assert_eq!((ended.window.state, ended.overrun_seconds), (WindowState::Ended, Some(70)));
    assert_eq!(house.outlook().await.overrun, None);
}

#[tokio::test]
async fn an_end_that_is_due_is_warned_of_only_when_nobody_brings_it_about() {
    let house = House::open().await;
    let keeper = house.steady_keeper().await;
    house.plan(10, 20, true).await.unwrap();
    house.pass(10);
    turn(&keeper).await;
    house.pass(20);
    let warned = |keeper: &Keeper| keeper.memory.lock().unwrap().warned.is_some();
    assert!(keeper.is_due().await.unwrap() && !warned(&keeper));
    // For example, its job is paused.
    house.pass(PUNCTUAL.as_secs());
    assert!(keeper.is_due().await.unwrap() && warned(&keeper));
}

#[tokio::test]
async fn an_overrun_is_warned_of_again_and_a_new_end_is_silent() {
    let house = House::open().await;
    house.plan(0, 10, false).await.unwrap();
    let keeper = house.steady_keeper().await;
    let warned_at = || keeper.memory.lock().unwrap().warned.map(|(_, at)| at);
    turn(&keeper).await;
    let first = warned_at().unwrap();
    house.pass(WARN_AGAIN.as_secs() - 1);
    turn(&keeper).await;
    assert_eq!(warned_at(), Some(first));
    house.pass(1);
    turn(&keeper).await;
    assert!(warned_at() > Some(first));
    let later = house.clock.now() + SignedDuration::from_secs(60);
    house.set(Change { until: Some(Some(later)), ..Change::default() }).await;
    turn(&keeper).await;
    assert_eq!(warned_at(), None);
}

#[tokio::test]
async fn the_watch_hears_of_what_the_keeper_did_and_the_workers_are_rung() {
    let house = House::open().await;
    house.plan(0, 60, false).await.unwrap();
    let watch = Arc::new(Watch::new(Arc::clone(&house.store), Arc::new(house.clock.clone())));
    let bell = Arc::new(Notify::new());
    let clock = Arc::new(house.clock.clone());
    let keeper = Keeper::new(Arc::clone(&house.store), Arc::clone(&watch), clock, vec![Arc::clone(&bell)]);
    turn(&keeper).await;
    assert!(watch.seen().is_on());
    bell.notified().await;
}

#[tokio::test]
async fn a_window_across_a_change_of_the_clocks_lasts_as_long_as_was_said() {
    for (starts, ends) in [
        ("2026-03-29T01:00[Europe/Berlin]", "2026-03-29T04:00+02:00[Europe/Berlin]"),
        ("2026-10-25T01:00[Europe/Berlin]", "2026-10-25T02:00+01:00[Europe/Berlin]"),
    ] {
        let house = House::open().await;
        house.clock.set("2026-01-01T00:00:00Z".parse().unwrap());
        let wish =
            Wish { starts: starts.into(), ends: End::After("2h".into()), zone: None, message: None, auto_off: false };
        let planner = Planner::new(Arc::clone(&house.store), Arc::new(house.clock.clone()));
        let window = planner.schedule(wish, "ann".into()).await.unwrap();
        assert_eq!(window.ends_at.duration_since(window.starts_at), SignedDuration::from_hours(2));
        assert_eq!(Ok(window.ends_at), crate::flag::moment::read(ends, None));
    }
}

#[tokio::test]
async fn what_cannot_stand_as_a_plan_is_refused() {
    let house = House::open().await;
    assert!(matches!(house.plan(-61, 3600, false).await, Err(PlanError::StartPast(_))));
    assert!(matches!(house.plan(-30, 20, false).await, Err(PlanError::EndNotAfterStart { .. })));
    assert!(house.plan(-30, 40, false).await.is_ok(), "just now is now");
    let planner = Planner::new(Arc::clone(&house.store), Arc::new(house.clock.clone()));
    let long = Wish {
        starts: "2031-01-01T00:00Z".into(),
        ends: End::At("2031-01-01T01:00Z".into()),
        zone: None,
        message: Some("ü".repeat(256)),
        auto_off: false,
    };
    let wish = |message: &str| Wish { message: Some(message.into()), ..long.clone() };
    assert!(matches!(planner.schedule(long.clone(), "ann".into()).await, Err(PlanError::Message(_))));
    assert!(matches!(planner.schedule(wish("a\nb"), "ann".into()).await, Err(PlanError::Message(_))));
    assert_eq!(planner.schedule(wish("  "), "ann".into()).await.unwrap().message, None);
    let backwards = Wish { starts: "2031-01-01T02:00Z".into(), ..wish("x") };
    assert!(matches!(planner.schedule(backwards, "ann".into()).await, Err(PlanError::EndNotAfterStart { .. })));
    let nanos = Wish { starts: "2032-01-01T00:00:00.0000001Z".into(), ends: End::After("100ns".into()), ..wish("x") };
    assert!(matches!(planner.schedule(nanos, "ann".into()).await, Err(PlanError::EndNotAfterStart { .. })));
    let far = Wish { starts: "9999-12-30T00:00Z".into(), ends: End::After("99999h".into()), ..wish("x") };
    assert!(matches!(planner.schedule(far, "ann".into()).await, Err(PlanError::End(_))));
}
