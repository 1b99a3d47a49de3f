//! Random plans, keepers, people and pauses, checked against a small model of the expected outcome.

use super::*;
use crate::domain::id::WindowId;
use crate::domain::mode::Version;
use proptest::prelude::*;
use std::result::Result;

#[derive(Debug, Clone)]
enum Act {
    Plan {
        starts_in: i64,
        seconds: i64,
        auto_off: bool,
    },
    Cancel(usize),
    On,
    Off,
    Announce(Option<i64>),
    Pass(u64),
    Tick(usize),
    /// A keeper dies, and a new one takes its place.
    Restart(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..150_i64, 1..100_i64, proptest::bool::weighted(0.7))
            .prop_map(|(starts_in, seconds, auto_off)| Act::Plan { starts_in, seconds, auto_off }),
        1 => (0..6_usize).prop_map(Act::Cancel),
        3 => Just(Act::On),
        1 => Just(Act::Off),
        1 => proptest::option::of(1..300_i64).prop_map(Act::Announce),
        8 => (0..60_u64).prop_map(Act::Pass),
        10 => (0..2_usize).prop_map(Act::Tick),
        1 => (0..2_usize).prop_map(Act::Restart),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Planned {
    id: WindowId,
    from: i64,
    to: i64,
    auto_off: bool,
    state: WindowState,
    /// The mode is on because of this window, or of one that it follows.
    owns: bool,
}

/// Seconds since noon; windows sorted by start.
#[derive(Debug, Default)]
struct Model {
    now: i64,
    on: bool,
    until: Option<i64>,
    version: Version,
    windows: Vec<Planned>,
    watching: [Option<i64>; 2],
}

impl Model {
    fn open(&self) -> impl Iterator<Item = &Planned> {
        self.windows.iter().filter(|window| window.state == WindowState::Open)
    }

    /// Whether the window is scheduled or open.
    fn stands(&self, window: &Planned) -> bool {
        match window.state {
            WindowState::Scheduled => window.to > self.now,
            WindowState::Open => true,
            WindowState::Ended | WindowState::Cancelled | WindowState::Missed => false,
        }
    }

    fn is_free(&self, from: i64, to: i64) -> bool {
        !self.windows.iter().any(|window| self.stands(window) && window.from < to && from < window.to)
    }

    fn cancel(&mut self, id: WindowId) {
        let place = self.windows.iter().position(|window| window.id == id).unwrap();
        if self.stands(&self.windows[place]) {
            self.windows[place].state = WindowState::Cancelled;
        }
    }

    fn plan(&mut self, id: WindowId, from: i64, to: i64, auto_off: bool) {
        let place = self.windows.partition_point(|window| window.from <= from);
        let state = WindowState::Scheduled;
        self.windows.insert(place, Planned { id, from, to, auto_off, state, owns: false });
    }

    fn turn(&mut self, on: bool, until: Option<i64>) {
        if (self.on, self.until) != (on, until) {
            self.version = self.version.next();
        }
        (self.on, self.until) = (on, until);
        if !on {
            for window in self.windows.iter_mut().filter(|window| window.state == WindowState::Open) {
                window.state = WindowState::Ended;
            }
        }
    }

    fn tick(&mut self, keeper: usize) {
        let watching = *self.watching[keeper].get_or_insert(self.now);
        let is_steady = self.now - watching >= 30;
        for place in 0..self.windows.len() {
            let window = self.windows[place].clone();
            if window.state != WindowState::Scheduled || window.from > self.now {
                continue;
            }
            if window.to <= self.now {
                if is_steady {
                    self.windows[place].state = WindowState::Missed;
                }
                continue;
            }
            self.windows[place].owns = !self.on || self.open().any(|other| other.owns);
            self.turn(true, Some(self.until.filter(|_| self.on).map_or(window.to, |until| until.max(window.to))));
            self.windows[place].state = WindowState::Open;
        }
        if !is_steady {
            return;
        }
        if self.open().any(|window| window.to > self.now) {
            for window in self.windows.iter_mut().filter(|w| w.state == WindowState::Open && w.to <= self.now) {
                window.state = WindowState::Ended;
            }
        } else if self.open().any(|window| window.auto_off && window.owns)
            && self.until.is_some_and(|until| until <= self.now)
        {
            self.turn(false, None);
        }
    }
}

/// The store, its keepers and the model, side by side.
struct Both {
    house: House,
    keepers: [Keeper; 2],
    model: Model,
    ids: Vec<WindowId>,
}

impl Both {
    async fn act(&mut self, act: Act) {
        match act {
            Act::Plan { starts_in, seconds, auto_off } => self.plan(starts_in, seconds, auto_off).await,
            Act::Cancel(which) => self.cancel(which).await,
            Act::On => {
                conformance::turn(&self.house.store, State::On, self.house.clock.now()).await;
                self.model.turn(true, self.model.until.filter(|_| self.model.on));
            }
            Act::Off => {
                conformance::turn(&self.house.store, State::Off, self.house.clock.now()).await;
                self.model.turn(false, None);
            }
            // An end announced while the mode is off is outside this model.
            Act::Announce(_) if !self.model.on => {}
            Act::Announce(seconds) => {
                let until = seconds.map(|seconds| self.house.clock.now() + SignedDuration::from_secs(seconds));
                self.house.set(Change { until: Some(until), ..Change::default() }).await;
                self.model.turn(true, seconds.map(|seconds| self.model.now + seconds));
            }
            Act::Pass(seconds) => {
                self.house.pass(seconds);
                self.model.now += i64::try_from(seconds).unwrap();
            }
            Act::Tick(keeper) => {
                turn(&self.keepers[keeper]).await;
                self.model.tick(keeper);
            }
            Act::Restart(keeper) => {
                self.keepers[keeper] = self.house.keeper();
                self.model.watching[keeper] = None;
            }
        }
    }

    async fn plan(&mut self, starts_in: i64, seconds: i64, auto_off: bool) {
        let (from, to) = (self.model.now + starts_in, self.model.now + starts_in + seconds);
        match self.house.plan(starts_in, seconds, auto_off).await {
            Ok(window) => {
                assert!(self.model.is_free(from, to));
                self.model.plan(window.id, from, to, auto_off);
                self.ids.push(window.id);
            }
            Err(PlanError::Overlaps(_)) => assert!(!self.model.is_free(from, to)),
            Err(error) => panic!("{error}"),
        }
    }

    async fn cancel(&mut self, which: usize) {
        let Some(id) = self.ids.get(which).copied() else { return };
        self.house.store.cancel_window(id, "bob".into(), self.house.clock.now()).await.unwrap();
        self.model.cancel(id);
    }

    async fn compare(&self) -> Result<(), TestCaseError> {
        let (mode, model) = (self.house.mode().await, &self.model);
        let until = mode.until.map(|until| until.duration_since(noon()).as_secs());
        prop_assert_eq!((mode.state == State::On, until, mode.version), (model.on, model.until, model.version));
        prop_assert!(model.on || model.open().next().is_none(), "a window is open and the mode is off");
        for expected in &model.windows {
            let window = self.house.store.window(expected.id).await.unwrap().unwrap();
            prop_assert_eq!(window.state, expected.state, "{:?}", window);
            let opened = window.opened_at.is_none_or(|at| window.starts_at <= at && at < window.ends_at);
            prop_assert!(opened, "opened outside of its time: {window:?}");
        }
        Ok(())
    }
}

async fn run(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let house = House::open().await;
    let keepers = [house.keeper(), house.keeper()];
    let mut both = Both { house, keepers, model: Model { version: Version(1), ..Model::default() }, ids: Vec::new() };
    for act in acts {
        both.act(act).await;
        both.compare().await?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_planned_and_done_the_store_and_the_model_agree(acts in proptest::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(acts))?;
    }
}
