//! The mode: Postern's one shared flag.

use super::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// Whether maintenance is on.
    pub enum State {
        /// Everything passes.
        Off = "off",
        /// What would write is refused or suppressed.
        On = "on",
    }
}

spelled! {
    /// How the mode was changed.
    pub enum How {
        /// On a page.
        Ui = "ui",
        /// Over HTTP with a token.
        Api = "api",
        /// On the command line.
        Console = "console",
        /// By a scheduled window.
        Schedule = "schedule",
    }
}

/// The mode as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mode {
    /// On or off.
    pub state: State,
    /// Grows by one at every change of state, message or end, and never goes back.
    pub version: i64,
    /// The administrator's words for banner and refusals, at most [`MESSAGE_CHARS`] characters.
    pub message: Option<String>,
    /// When the current state began.
    pub since: Timestamp,
    /// When it is planned to end; an announcement, not a timer.
    pub until: Option<Timestamp>,
}

/// The longest message, in characters (the reference's own limit).
pub const MESSAGE_CHARS: usize = 255;

/// What is known of the mode when a decision is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModeView {
    /// The store could not be asked, or it answered something older than was already seen.
    Unknown,
    /// The mode, as read.
    Known(Mode),
}

impl ModeView {
    /// Is the mode known to be on?
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Self::Known(Mode { state: State::On, .. }))
    }

    /// The version, when known.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        match self {
            Self::Unknown => None,
            Self::Known(mode) => Some(mode.version),
        }
    }

    /// The spelling for people and JSON: `off`, `on` or `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Known(mode) => mode.state.as_str(),
        }
    }
}

/// A wish to change the mode; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub state: Option<State>,
    /// The new message; `Some(None)` takes it away.
    pub message: Option<Option<String>>,
    /// The new planned end; `Some(None)` takes it away.
    pub until: Option<Option<Timestamp>>,
}

impl Change {
    /// What `mode` becomes at `now`, or `None` when nothing would be different (no change, no new version).
    #[must_use]
    pub fn apply(&self, mode: &Mode, now: Timestamp) -> Option<Mode> {
        let state = self.state.unwrap_or(mode.state);
        let message = self.message.clone().unwrap_or_else(|| mode.message.clone());
        // A planned end belongs to one stretch of maintenance: turning the mode off or on anew forgets the old one.
        let kept = if state == mode.state { mode.until } else { None };
        let until = self.until.unwrap_or(kept);
        let since = if state == mode.state { mode.since } else { now };
        let next = Mode { state, version: mode.version, message, since, until };
        (next != *mode).then(|| Mode { version: mode.version + 1, ..next })
    }
}

/// One line of the history: what a change made of the mode, and whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The mode after the change.
    pub mode: Mode,
    /// The mode before it; `None` for the first line.
    pub before: Option<Mode>,
    /// When the change was committed.
    pub changed_at: Timestamp,
    /// A user, a token's name or the console's account.
    pub changed_by: String,
    /// By which way.
    pub how: How,
    /// When, under this version, nothing decided before was under way any more.
    pub drained_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off() -> Mode {
        Mode { state: State::Off, version: 3, message: None, since: Timestamp::UNIX_EPOCH, until: None }
    }

    #[test]
    fn a_change_that_changes_nothing_makes_no_new_version() {
        let same = Change { state: Some(State::Off), message: Some(None), until: None };
        assert_eq!(same.apply(&off(), Timestamp::MAX), None);
    }

    #[test]
    fn every_difference_makes_the_next_version_and_only_the_state_moves_since() {
        let now = Timestamp::from_second(10).unwrap();
        let on = Change { state: Some(State::On), ..Change::default() }.apply(&off(), now).unwrap();
        assert_eq!((on.version, on.since), (4, now));
        let worded =
            Change { message: Some(Some("x".into())), ..Change::default() }.apply(&on, Timestamp::MAX).unwrap();
        assert_eq!((worded.version, worded.since), (5, now));
    }

    #[test]
    fn turning_the_mode_off_forgets_its_planned_end() {
        let mode = Mode { state: State::On, until: Some(Timestamp::MAX), ..off() };
        let next = Change { state: Some(State::Off), ..Change::default() }.apply(&mode, Timestamp::MAX).unwrap();
        assert_eq!(next.until, None);
    }
}
