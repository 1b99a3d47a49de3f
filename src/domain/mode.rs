//! The mode: Postern's one shared flag.

use super::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// Whether maintenance is on.
    pub enum State {
        /// Everything passes.
        Off = "off",
        /// Whatever would write is refused or suppressed.
        On = "on",
    }
}

spelled! {
    /// How a change of the mode was made.
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

spelled! {
    /// The mode as a process sees it.
    pub enum SeenMode {
        /// It is off.
        Off = "off",
        /// It is on.
        On = "on",
        /// The store cannot be read, or its version is older than one this process has seen.
        Unknown = "unknown",
    }
}

/// The version of the mode: grows by at least one with every change of state, message or end, and
/// never goes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// Below every committed version: none was seen.
    pub const NONE: Self = Self(0);
    /// Above every version.
    pub const MAX: Self = Self(i64::MAX);

    /// The version of the next change.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The version before this one, whether it was ever committed or not.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The mode as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mode {
    /// On or off.
    pub state: State,
    /// Grows by one with every change of state, message or end, and never goes back.
    pub version: Version,
    /// The administrator's words for banner and refusals, at most [`MESSAGE_CHARS`] characters.
    pub message: Option<String>,
    /// When the current state began.
    pub since: Timestamp,
    /// The planned end; an announcement, not a timer.
    pub until: Option<Timestamp>,
}

/// The longest message, in characters (the same limit as the reference).
pub const MESSAGE_CHARS: usize = 255;

impl Mode {
    /// The mode as announced to people: without message and end while the mode is off, since they
    /// belong to the next maintenance.
    #[must_use]
    pub fn announced(self) -> Self {
        match self.state {
            State::On => self,
            State::Off => Self { message: None, until: None, ..self },
        }
    }
}

/// What is known of the mode when a decision is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModeView {
    /// The store could not be read, or its version is older than one already seen.
    Unknown,
    /// The mode, as read from the store.
    Known(Mode),
}

impl ModeView {
    /// Whether the mode is known to be on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Self::Known(Mode { state: State::On, .. }))
    }

    /// The version, when known.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Unknown => None,
            Self::Known(mode) => Some(mode.version),
        }
    }

    /// The same as a single word.
    #[must_use]
    pub fn seen(&self) -> SeenMode {
        match self {
            Self::Unknown => SeenMode::Unknown,
            Self::Known(Mode { state: State::Off, .. }) => SeenMode::Off,
            Self::Known(Mode { state: State::On, .. }) => SeenMode::On,
        }
    }

    /// The spelling for people and JSON: `off`, `on` or `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.seen().as_str()
    }
}

/// A requested change of the mode; a `None` field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub state: Option<State>,
    /// The new message; `Some(None)` removes it.
    pub message: Option<Option<String>>,
    /// The new planned end; `Some(None)` removes it.
    pub until: Option<Option<Timestamp>>,
}

impl Change {
    /// The mode that results from this change of `mode` at `now`, not yet with a new version; equal
    /// to `mode` when the change has no effect.
    #[must_use]
    pub fn apply(&self, mode: &Mode, now: Timestamp) -> Mode {
        let state = self.state.unwrap_or(mode.state);
        // A message belongs to one maintenance, so turning the mode off clears it. A message set
        // while the mode is off belongs to the next maintenance.
        let is_over = mode.state == State::On && state == State::Off;
        let kept = if is_over { None } else { mode.message.clone() };
        let message = self.message.clone().unwrap_or(kept);
        // The same holds for a planned end, and turning the mode on clears it too.
        let kept = if state == mode.state { mode.until } else { None };
        let until = self.until.unwrap_or(kept);
        let since = if state == mode.state { mode.since } else { now };
        Mode { state, version: mode.version, message, since, until }
    }
}

/// One entry of the history: the mode before and after a change, and who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The mode after the change.
    pub mode: Mode,
    /// The mode before it; `None` for the first entry.
    pub before: Option<Mode>,
    /// When the change was committed.
    pub changed_at: Timestamp,
    /// A user, a token's name or the console's account.
    pub changed_by: String,
    /// How the change was made.
    pub how: How,
    /// When Postern first found no work left that was decided under an earlier version; `None`
    /// until then.
    pub drained_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off() -> Mode {
        Mode { state: State::Off, version: Version(3), message: None, since: Timestamp::UNIX_EPOCH, until: None }
    }

    #[test]
    fn a_change_to_what_already_is_leaves_the_mode_as_it_is() {
        let same = Change { state: Some(State::Off), message: Some(None), until: None };
        assert_eq!(same.apply(&off(), Timestamp::MAX), off());
    }

    #[test]
    fn only_a_new_state_moves_since() {
        let now = Timestamp::from_second(10).unwrap();
        let on = Change { state: Some(State::On), ..Change::default() }.apply(&off(), now);
        assert_eq!((on.state, on.since), (State::On, now));
        let worded = Change { message: Some(Some("x".into())), ..Change::default() }.apply(&on, Timestamp::MAX);
        assert_eq!((worded.message.as_deref(), worded.since), (Some("x"), now));
    }

    fn worded(message: &str) -> Option<Option<String>> {
        Some(Some(message.to_owned()))
    }

    #[test]
    fn a_maintenance_starts_without_the_message_of_the_last_one() {
        let turn = |state| Change { state: Some(state), ..Change::default() };
        let on = Change { message: worded("disks"), ..turn(State::On) }.apply(&off(), Timestamp::MAX);
        let over = turn(State::Off).apply(&on, Timestamp::MAX);
        assert_eq!((on.message.as_deref(), over.message), (Some("disks"), None));
    }

    #[test]
    fn a_message_set_while_the_mode_is_off_is_the_next_maintenances_and_is_not_announced_before() {
        let turn = |state| Change { state: Some(state), ..Change::default() };
        let next = Change { message: worded("disks"), ..Change::default() }.apply(&off(), Timestamp::MAX);
        assert_eq!(next.clone().announced().message, None);
        let on = turn(State::On).apply(&next, Timestamp::MAX);
        assert_eq!(on.clone().announced().message.as_deref(), Some("disks"));
        let handed = Change { message: worded("network"), ..turn(State::Off) }.apply(&on, Timestamp::MAX);
        assert_eq!(handed.message.as_deref(), Some("network"));
    }

    #[test]
    fn turning_the_mode_off_forgets_its_planned_end() {
        let mode = Mode { state: State::On, until: Some(Timestamp::MAX), ..off() };
        let next = Change { state: Some(State::Off), ..Change::default() }.apply(&mode, Timestamp::MAX);
        assert_eq!(next.until, None);
    }
}
