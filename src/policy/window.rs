//! Windows: the next step, given the mode, the windows and the time.
//!
//! Turning the mode on early by plan is safe; turning it off early, or giving a window up, is not.
//! So the first needs a clock that is not known to have jumped, and the others need one that has
//! been observed to run evenly ([`Confidence`]).
//!
//! - A person's *on* stays a person's: a window that finds the mode on announces its end and leaves
//!   turning it off to that person.
//! - The announced end (`until`) takes precedence over the window's own. An operator who postpones
//!   it also postpones the automatic turn-off; an operator who removes it has to turn the mode off.

use crate::domain::mode::{Change, Mode, State};
use crate::domain::window::{Window, WindowState};
use jiff::Timestamp;

/// How far this process trusts its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Not observed for long enough; no jump seen.
    Fresh,
    /// Wall clock and monotonic clock have agreed for a while.
    Steady,
    /// The two clocks diverged a moment ago: the machine slept, or the wall clock was set.
    Jumped,
}

/// The next step for a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Its end has passed and it never began: record that.
    Miss(Window),
    /// Its start has come: turn the mode on.
    Open(Window),
    /// It is over while another window continues: end only this one.
    End(Window),
    /// It is over: turn the mode off, which ends all open windows.
    TurnOff(Window),
}

/// The next step at `now`, if any. `windows` holds the scheduled and open windows, sorted by start.
#[must_use]
pub fn next_step(mode: &Mode, windows: &[Window], confidence: Confidence, now: Timestamp) -> Option<Step> {
    windows
        .iter()
        .find_map(|window| match window.state {
            WindowState::Scheduled => begin(window, confidence, now),
            WindowState::Open | WindowState::Ended | WindowState::Cancelled | WindowState::Missed => None,
        })
        // Ends are handled after starts: the mode stays on when one window follows another without
        // a gap.
        .or_else(|| {
            windows.iter().find_map(|window| match window.state {
                WindowState::Open => end(window, mode, windows, confidence, now),
                WindowState::Scheduled | WindowState::Ended | WindowState::Cancelled | WindowState::Missed => None,
            })
        })
}

fn begin(window: &Window, confidence: Confidence, now: Timestamp) -> Option<Step> {
    match confidence {
        Confidence::Steady if window.ends_at <= now => Some(Step::Miss(window.clone())),
        Confidence::Fresh | Confidence::Steady if window.starts_at <= now && now < window.ends_at => {
            Some(Step::Open(window.clone()))
        }
        Confidence::Fresh | Confidence::Steady | Confidence::Jumped => None,
    }
}

fn end(window: &Window, mode: &Mode, windows: &[Window], confidence: Confidence, now: Timestamp) -> Option<Step> {
    if window.ends_at > now || confidence != Confidence::Steady {
        return None;
    }
    if windows.iter().any(|other| other.state == WindowState::Open && other.ends_at > now) {
        return Some(Step::End(window.clone()));
    }
    let is_over = mode.until.is_some_and(|until| until <= now);
    (window.auto_off && window.began(mode) && is_over).then(|| Step::TurnOff(window.clone()))
}

/// The change of the mode that opening `window` makes. It never brings an announced end forward and
/// keeps a person's own message.
#[must_use]
pub fn opening(window: &Window, mode: &Mode, windows: &[Window]) -> Change {
    let of_windows = mode.state == State::Off || windows.iter().any(|other| other.began(mode));
    let keeps_words = !of_windows && mode.message.is_some();
    let announced = if mode.state == State::On { mode.until } else { None };
    Change {
        state: Some(State::On),
        message: window.message.clone().filter(|_| !keeps_words).map(Some),
        until: Some(Some(announced.map_or(window.ends_at, |until| until.max(window.ends_at)))),
    }
}

/// Since when the mode has been on by windows alone, once opening `window` has turned `before` into
/// `after`; `None` when a person turned it on.
#[must_use]
pub fn begun_at(before: &Mode, after: &Mode, windows: &[Window]) -> Option<Timestamp> {
    let of_windows = before.state == State::Off || windows.iter().any(|other| other.began(before));
    of_windows.then_some(after.since)
}
