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

spelled! {
    /// What a process makes of the mode.
    pub enum SeenMode {
        /// It is off.
        Off = "off",
        /// It is on.
        On = "on",
        /// The store cannot say, or says less than this process has seen.
        Unknown = "unknown",
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

impl Mode {
    /// What people are told: while the mode is off neither message nor end, which are for the next time.
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

    /// In one word.
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
    /// What `mode` becomes at `now`, still under its version; the same when nothing would be different.
    #[must_use]
    pub fn apply(&self, mode: &Mode, now: Timestamp) -> Mode {
        let state = self.state.unwrap_or(mode.state);
        // A message belongs to one stretch of maintenance: turning the mode off forgets it. One that is set while the mode is
        // off is the next stretch's.
        let is_over = mode.state == State::On && state == State::Off;
        let kept = if is_over { None } else { mode.message.clone() };
        let message = self.message.clone().unwrap_or(kept);
        // So does a planned end, and turning the mode on anew forgets it too.
        let kept = if state == mode.state { mode.until } else { None };
        let until = self.until.unwrap_or(kept);
        let since = if state == mode.state { mode.since } else { now };
        Mode { state, version: mode.version, message, since, until }
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
