//! Sentences about windows.

use super::{Subject, at, turn};
use crate::domain::id::{Id, WindowId};
use crate::domain::mode::{Change, How, State, Version};
use crate::domain::window::{Window, WindowState};
use crate::policy::window::Confidence;
use crate::store::desk::Page;
use crate::store::mode::{Author, Changed};
use crate::store::window::{Cancelled, Kept, Scheduled};

/// A window from and to so many seconds after the beginning.
pub fn window(from: i64, to: i64) -> Window {
    Window {
        id: Id::mint(at(from)),
        starts_at: at(from),
        ends_at: at(to),
        message: Some(format!("from {from}")),
        auto_off: false,
        state: WindowState::Scheduled,
        created_at: at(0),
        created_by: "ann".into(),
        opened_at: None,
        opened_version: None,
        begun_at: None,
        ended_at: None,
        ended_by: None,
        ended_version: None,
    }
}

async fn scheduled(store: &Subject, window: Window) -> WindowId {
    assert_eq!(store.schedule(window.clone(), at(0)).await.unwrap(), Scheduled::Done);
    window.id
}

async fn keep(store: &Subject, seconds: i64) -> Vec<Kept> {
    store.keep_windows(Confidence::Steady, at(seconds)).await.unwrap()
}

async fn state(store: &Subject, id: WindowId) -> WindowState {
    store.window(id).await.unwrap().unwrap().state
}

pub async fn a_window_turns_the_mode_on_at_its_start_and_not_before(store: Subject) {
    let id = scheduled(&store, window(10, 20)).await;
    assert_eq!(keep(&store, 9).await, []);
    assert_eq!(state(&store, id).await, WindowState::Scheduled);
    assert!(matches!(keep(&store, 10).await.as_slice(), [Kept::Opened(..)]));
    let mode = store.mode().await.unwrap();
    assert_eq!((mode.state, mode.version, mode.since, mode.until), (State::On, Version(2), at(10), Some(at(20))));
    assert_eq!(mode.message.as_deref(), Some("from 10"));
    let opened = store.window(id).await.unwrap().unwrap();
    assert_eq!(
        (opened.state, opened.opened_at, opened.opened_version),
        (WindowState::Open, Some(at(10)), Some(Version(2)))
    );
    let history = store.history(1).await.unwrap();
    assert_eq!((history[0].changed_by.as_str(), history[0].how), ("ann", How::Schedule));
    assert_eq!(keep(&store, 11).await, []);
}

pub async fn a_window_opens_once_however_many_keep_the_time(store: Subject) {
    scheduled(&store, Window { auto_off: true, ..window(10, 20) }).await;
    for (seconds, state, version) in [(10, State::On, 2), (20, State::Off, 3)] {
        let mut keepers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let store = store.clone();
            keepers.spawn(async move { store.keep_windows(Confidence::Steady, at(seconds)).await.unwrap().len() });
        }
        assert_eq!(keepers.join_all().await.iter().sum::<usize>(), 1);
        let mode = store.mode().await.unwrap();
        assert_eq!((mode.state, mode.version.0), (state, version));
    }
    assert_eq!(store.history(10).await.unwrap().len(), 3);
}

pub async fn off_by_anyone_ends_open_windows_and_names_them(store: Subject) {
    let open = scheduled(&store, window(10, 20)).await;
    let later = scheduled(&store, window(30, 40)).await;
    keep(&store, 10).await;
    let Changed::Done { ended_windows, mode, .. } = turn(&store, State::Off, at(15)).await else { panic!() };
    assert_eq!(ended_windows.iter().map(|window| window.id).collect::<Vec<_>>(), [open]);
    let ended = store.window(open).await.unwrap().unwrap();
    assert_eq!(ended, ended_windows[0]);
    assert_eq!(
        (ended.state, ended.ended_at, ended.ended_by.as_deref()),
        (WindowState::Ended, Some(at(15)), Some("ann"))
    );
    assert_eq!(ended.ended_version, Some(mode.version));
    assert_eq!(keep(&store, 16).await, [], "what was turned off stays off");
    assert_eq!(state(&store, later).await, WindowState::Scheduled);
}

pub async fn only_a_window_that_was_told_to_turns_the_mode_off(store: Subject) {
    let told = scheduled(&store, Window { auto_off: true, ..window(10, 20) }).await;
    let untold = scheduled(&store, window(30, 40)).await;
    for seconds in [10, 19, 20] {
        keep(&store, seconds).await;
    }
    assert_eq!((store.mode().await.unwrap().state, state(&store, told).await), (State::Off, WindowState::Ended));
    for seconds in [30, 40, 4000] {
        keep(&store, seconds).await;
    }
    assert_eq!((store.mode().await.unwrap().state, state(&store, untold).await), (State::On, WindowState::Open));
    assert_eq!(store.mode().await.unwrap().until, Some(at(40)));
}

pub async fn who_turned_the_mode_on_before_a_window_turns_it_off(store: Subject) {
    let author = Author { name: "bob".into(), how: How::Console };
    let by_hand = Change { state: Some(State::On), message: Some(Some("by hand".into())), until: None };
    store.change_mode(by_hand, None, author, at(5)).await.unwrap();
    let id = scheduled(&store, Window { auto_off: true, ..window(10, 20) }).await;
    keep(&store, 10).await;
    let mode = store.mode().await.unwrap();
    assert_eq!((mode.message.as_deref(), mode.until, mode.since), (Some("by hand"), Some(at(20)), at(5)));
    keep(&store, 20).await;
    assert_eq!((store.mode().await.unwrap().state, state(&store, id).await), (State::On, WindowState::Open));
    turn(&store, State::Off, at(25)).await;
    assert_eq!(state(&store, id).await, WindowState::Ended);
}

pub async fn windows_that_overlap_are_refused_and_those_that_touch_are_not(store: Subject) {
    let first = window(10, 20);
    scheduled(&store, first.clone()).await;
    for (from, to) in [(10, 20), (5, 11), (19, 30), (12, 13), (5, 30)] {
        assert_eq!(
            store.schedule(window(from, to), at(0)).await.unwrap(),
            Scheduled::Overlaps(Box::new(first.clone()))
        );
    }
    scheduled(&store, window(5, 10)).await;
    scheduled(&store, window(20, 30)).await;
    store.cancel_window(first.id, "bob".into(), at(1)).await.unwrap();
    scheduled(&store, window(12, 18)).await;
    // A missed window blocks no other, whether on record or not yet.
    assert_eq!(store.schedule(window(9, 19), at(100)).await.unwrap(), Scheduled::Done);
}

pub async fn of_many_overlapping_windows_at_once_one_is_scheduled(store: Subject) {
    let mut planners = tokio::task::JoinSet::new();
    for number in 0..16 {
        let store = store.clone();
        planners.spawn(async move { store.schedule(window(10 + number, 100), at(0)).await.unwrap() });
    }
    let done = planners.join_all().await.into_iter().filter(|outcome| *outcome == Scheduled::Done).count();
    assert_eq!((done, store.standing_windows().await.unwrap().len()), (1, 1));
}

pub async fn where_one_window_follows_another_the_mode_stays_on(store: Subject) {
    let first = scheduled(&store, Window { auto_off: true, ..window(10, 20) }).await;
    let second = scheduled(&store, Window { auto_off: true, ..window(20, 30) }).await;
    keep(&store, 10).await;
    keep(&store, 20).await;
    let mode = store.mode().await.unwrap();
    assert_eq!((mode.state, mode.since, mode.until), (State::On, at(10), Some(at(30))));
    assert_eq!(mode.message.as_deref(), Some("from 20"));
    assert_eq!((state(&store, first).await, state(&store, second).await), (WindowState::Ended, WindowState::Open));
    keep(&store, 30).await;
    assert_eq!(store.mode().await.unwrap().state, State::Off);
}

pub async fn a_cancelled_window_never_opens_and_an_open_one_leaves_the_mode_on(store: Subject) {
    let never = scheduled(&store, window(10, 20)).await;
    let open = scheduled(&store, Window { auto_off: true, ..window(30, 40) }).await;
    let cancelled = store.cancel_window(never, "bob".into(), at(5)).await.unwrap();
    assert!(
        matches!(&cancelled, Cancelled::Done(window, mode) if window.ended_by.as_deref() == Some("bob") && mode.version == Version(1))
    );
    assert_eq!(keep(&store, 10).await, []);
    keep(&store, 30).await;
    assert!(matches!(store.cancel_window(open, "bob".into(), at(35)).await.unwrap(), Cancelled::Done(..)));
    assert_eq!(keep(&store, 40).await, []);
    assert_eq!(store.mode().await.unwrap().state, State::On);
    assert!(matches!(store.cancel_window(open, "bob".into(), at(41)).await.unwrap(), Cancelled::Over(_)));
    assert_eq!(store.cancel_window(Id::mint(at(9)), "bob".into(), at(41)).await.unwrap(), Cancelled::Missing);
}

pub async fn a_window_that_nobody_kept_opens_late_or_is_missed(store: Subject) {
    let missed = scheduled(&store, window(10, 20)).await;
    let late = scheduled(&store, window(30, 40)).await;
    assert!(matches!(keep(&store, 39).await.as_slice(), [Kept::Missed(_), Kept::Opened(..)]));
    assert_eq!((state(&store, missed).await, state(&store, late).await), (WindowState::Missed, WindowState::Open));
    assert_eq!(store.mode().await.unwrap().version, Version(2));
    assert!(matches!(store.cancel_window(missed, "bob".into(), at(41)).await.unwrap(), Cancelled::Over(_)));
}

pub async fn windows_are_listed_last_first_and_found_by_the_versions_they_made(store: Subject) {
    for number in 1..=5 {
        scheduled(&store, window(number * 100, number * 100 + 10)).await;
    }
    keep(&store, 100).await;
    turn(&store, State::Off, at(105)).await;
    let (mut starts, mut after) = (Vec::new(), None);
    loop {
        let page = store.windows(None, Page { limit: 2, after }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.starts_at, last.id.any()));
        starts.extend(page.iter().map(|window| window.starts_at));
    }
    assert_eq!(starts, [at(500), at(400), at(300), at(200), at(100)]);
    let of = |state| store.windows(Some(state), Page { limit: 10, after: None });
    assert_eq!((of(WindowState::Scheduled).await.unwrap().len(), of(WindowState::Ended).await.unwrap().len()), (4, 1));
    let standing: Vec<_> = store.standing_windows().await.unwrap().iter().map(|window| window.starts_at).collect();
    assert_eq!(standing, [at(200), at(300), at(400), at(500)]);
    for (first, last, count) in [(1, 1, 0), (2, 2, 1), (3, 3, 1), (1, 9, 1), (4, 9, 0)] {
        assert_eq!(
            store.windows_of_versions(Version(first), Version(last)).await.unwrap().len(),
            count,
            "{first} to {last}"
        );
    }
}
