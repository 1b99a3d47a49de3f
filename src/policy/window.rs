//! Windows × the mode × the time: what is to be done next.
//!
//! Turning the mode on by plan is safe to be early about; turning it off, or giving a window up, is not. So the first needs
//! a clock that is not known to have jumped, the others one that has been seen to run evenly ([`Confidence`]).
//!
//! - A person's *on* stays a person's: a window that finds the mode on announces its end and leaves turning off to them.
//! - The announced end (`until`) wins over a window's own: who puts it off puts off the end by itself too, and who takes it
//!   away takes that into their own hands.

use crate::domain::mode::{Change, Mode, State};
use crate::domain::window::{Window, WindowState};
use jiff::Timestamp;

/// How far this process's clock is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Not watched for long enough; nothing speaks against it.
    Fresh,
    /// Wall clock and monotonic clock have gone together for a while.
    Steady,
    /// They parted a moment ago: the machine slept, or somebody set the clock.
    Jumped,
}

/// What is to be done about a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is over and never began: record that.
    Miss(Window),
    /// It begins: turn the mode on.
    Open(Window),
    /// It is over, and another window goes on: only this one ends.
    End(Window),
    /// It is over: turn the mode off, which ends all open windows.
    TurnOff(Window),
}

/// The next step at `now`, if any. `windows` are the scheduled and the open ones, by their start.
#[must_use]
pub fn next_step(mode: &Mode, windows: &[Window], confidence: Confidence, now: Timestamp) -> Option<Step> {
    windows
        .iter()
        .find_map(|window| match window.state {
            WindowState::Scheduled => begin(window, confidence, now),
            WindowState::Open | WindowState::Ended | WindowState::Cancelled | WindowState::Missed => None,
        })
        // Ends come after beginnings: where one window follows another without a gap, the mode stays on.
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

/// What a window that opens makes of the mode. An end announced already is never brought forward; a person's own message stays.
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

/// Since when the mode is on by windows alone, once `window` has opened and made `after` of `before`.
#[must_use]
pub fn begun_at(before: &Mode, after: &Mode, windows: &[Window]) -> Option<Timestamp> {
    let of_windows = before.state == State::Off || windows.iter().any(|other| other.began(before));
    of_windows.then_some(after.since)
}
