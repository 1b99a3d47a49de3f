//! Windows: maintenance planned ahead, from its start to its planned end.

use super::id::WindowId;
use super::mode::{Mode, State};
use super::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// Where a window stands.
    pub enum WindowState {
        /// Its start is to come.
        Scheduled = "scheduled",
        /// It has begun: the mode is on.
        Open = "open",
        /// It is over: the mode went off, or another window took over.
        Ended = "ended",
        /// Somebody took it back, before it began or while it was open.
        Cancelled = "cancelled",
        /// No process ran from its start to its end: the mode never came on for it.
        Missed = "missed",
    }
}

/// A planned maintenance. It has begun at `starts_at` and is planned to be over at `ends_at`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// Its id.
    pub id: WindowId,
    /// When the mode comes on.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub starts_at: Timestamp,
    /// When it is planned to end; later than its start.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub ends_at: Timestamp,
    /// The words for banner and refusals; without them the mode's own stay.
    pub message: Option<String>,
    /// Does the mode go off by itself at the end?
    pub auto_off: bool,
    /// Where it stands.
    pub state: WindowState,
    /// When it was scheduled.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub created_at: Timestamp,
    /// Who scheduled it.
    pub created_by: String,
    /// When it was opened.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub opened_at: Option<Timestamp>,
    /// The version of the mode it was opened under; its own, when it turned the mode on or changed its message or end.
    pub opened_version: Option<i64>,
    /// Since when the mode is on by windows alone; `None` when a person had turned it on, who then turns it off.
    #[serde(skip)]
    pub begun_at: Option<Timestamp>,
    /// When it was over.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub ended_at: Option<Timestamp>,
    /// Who turned the mode off or cancelled it.
    pub ended_by: Option<String>,
    /// The version that turned the mode off.
    pub ended_version: Option<i64>,
}

impl Window {
    /// Where it stands at `now`: one whose end has passed unopened is missed, on record or not yet.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> WindowState {
        match self.state {
            WindowState::Scheduled if self.ends_at <= now => WindowState::Missed,
            state => state,
        }
    }

    /// As it is shown at `now`.
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

    /// Is the mode on by windows alone, this one among them?
    #[must_use]
    pub fn began(&self, mode: &Mode) -> bool {
        self.state == WindowState::Open && mode.state == State::On && self.begun_at == Some(mode.since)
    }
}

/// A window as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// The window.
    #[serde(flatten)]
    pub window: Window,
    /// How long the mode is, or was, on beyond the window's own end; `None` when it is not.
    pub overrun_seconds: Option<i64>,
}

/// When the maintenance that is on was to be over, as announced: the mode's own end, else that of its last open window.
#[must_use]
pub fn announced_end(mode: &Mode, windows: &[Window]) -> Option<Timestamp> {
    let open = windows.iter().filter(|window| window.state == WindowState::Open);
    match mode.state {
        State::On => mode.until.or_else(|| open.map(|window| window.ends_at).max()),
        State::Off => None,
    }
}

/// Since when the maintenance is on beyond its announced end; `None` when it is not.
#[must_use]
pub fn overrun_since(mode: &Mode, windows: &[Window], now: Timestamp) -> Option<Timestamp> {
    announced_end(mode, windows).filter(|end| *end <= now)
}

/// What is planned, and whether what runs is late.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Outlook {
    /// The window that is open.
    pub window: Option<Shown>,
    /// The one that opens next.
    pub next_window: Option<Shown>,
    /// When the announced end has passed and the mode is still on.
    pub overrun: Option<Overrun>,
}

/// Maintenance beyond its announced end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Overrun {
    /// The end that was announced.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub since: Timestamp,
    /// How long ago that was.
    pub seconds: i64,
}

impl Outlook {
    /// The outlook at `now`; `standing` are the scheduled and the open windows, by their start.
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
