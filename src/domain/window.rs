//! Windows: planned maintenance, from its start to its planned end.

use super::id::WindowId;
use super::mode::{Mode, State};
use super::spelling::spelled;
use crate::domain::mode::Version;
use jiff::Timestamp;

spelled! {
    /// The state of a window.
    pub enum WindowState {
        /// Its start is in the future.
        Scheduled = "scheduled",
        /// It has started: the mode is on.
        Open = "open",
        /// It is over: the mode went off, or another window took over.
        Ended = "ended",
        /// An operator cancelled it, before it began or while it was open.
        Cancelled = "cancelled",
        /// No process ran between its start and its end, so the mode never came on for it.
        Missed = "missed",
    }
}

/// Planned maintenance, from `starts_at` to the planned `ends_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The window's id.
    pub id: WindowId,
    /// When the mode turns on.
    pub starts_at: Timestamp,
    /// The planned end; later than the start.
    pub ends_at: Timestamp,
    /// The message for the banner and refusals; `None` keeps the mode's own message.
    pub message: Option<String>,
    /// Whether the mode turns off automatically at the end.
    pub auto_off: bool,
    /// The recorded state; [`Window::state_at`] takes the time into account.
    pub state: WindowState,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// The user who scheduled it.
    pub created_by: String,
    /// When it was opened; `None` before that.
    pub opened_at: Option<Timestamp>,
    /// The version of the mode after it opened; a version of its own when it turned the mode on or
    /// changed its message or end.
    pub opened_version: Option<Version>,
    /// Since when the mode has been on by windows alone; `None` when a person turned it on, who
    /// then has to turn it off.
    pub begun_at: Option<Timestamp>,
    /// When it ended or was cancelled.
    pub ended_at: Option<Timestamp>,
    /// The user who turned the mode off or cancelled the window.
    pub ended_by: Option<String>,
    /// The version of the mode that turned it off.
    pub ended_version: Option<Version>,
}

impl Window {
    /// The state at `now`. A scheduled window whose end has passed is missed, whether that is
    /// recorded yet or not.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> WindowState {
        match self.state {
            WindowState::Scheduled if self.ends_at <= now => WindowState::Missed,
            state => state,
        }
    }

    /// The window as shown at `now`.
    #[must_use]
    pub fn shown(&self, now: Timestamp) -> Shown {
        let late = match (self.state, self.ended_version, self.ended_at) {
            (WindowState::Open, ..) => Some(now),
            (WindowState::Ended, Some(_), ended_at) => ended_at,
            _ => None,
        };
        let overrun_seconds = late.map(|at| at.duration_since(self.ends_at).as_secs()).filter(|seconds| *seconds > 0);
        Shown { window: Self { state: self.state_at(now), ..self.clone() }, overrun_seconds }
    }

    /// Whether the mode is on by windows alone, this one among them.
    #[must_use]
    pub fn began(&self, mode: &Mode) -> bool {
        self.state == WindowState::Open && mode.state == State::On && self.begun_at == Some(mode.since)
    }
}

/// A window as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The window.
    pub window: Window,
    /// How long the mode is, or was, on past the window's end; `None` when it did not overrun.
    pub overrun_seconds: Option<i64>,
}

/// The announced end of the current maintenance: the mode's own end, else that of its last open
/// window.
#[must_use]
pub fn announced_end(mode: &Mode, windows: &[Window]) -> Option<Timestamp> {
    let open = windows.iter().filter(|window| window.state == WindowState::Open);
    match mode.state {
        State::On => mode.until.or_else(|| open.map(|window| window.ends_at).max()),
        State::Off => None,
    }
}

/// Since when the maintenance overruns its announced end; `None` when it does not.
#[must_use]
pub fn overrun_since(mode: &Mode, windows: &[Window], now: Timestamp) -> Option<Timestamp> {
    announced_end(mode, windows).filter(|end| *end <= now)
}

/// The current and the next window, and the overrun if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The open window.
    pub window: Option<Shown>,
    /// The window that opens next.
    pub next_window: Option<Shown>,
    /// Set when the announced end has passed and the mode is still on.
    pub overrun: Option<Overrun>,
}

/// Maintenance past its announced end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overrun {
    /// The announced end.
    pub since: Timestamp,
    /// Seconds since that end.
    pub seconds: i64,
}

impl Outlook {
    /// The outlook at `now`; `standing` holds the scheduled and open windows, sorted by start.
    #[must_use]
    pub fn new(mode: &Mode, standing: &[Window], now: Timestamp) -> Self {
        let shown = |window: &Window| window.shown(now);
        let overrun = overrun_since(mode, standing, now);
        Self {
            window: standing.iter().rev().find(|window| window.state_at(now) == WindowState::Open).map(shown),
            next_window: standing.iter().find(|window| window.state_at(now) == WindowState::Scheduled).map(shown),
            overrun: overrun.map(|since| Overrun { since, seconds: now.duration_since(since).as_secs() }),
        }
    }
}
