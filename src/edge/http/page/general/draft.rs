//! The settings as a person typed them. They are kept unparsed, so that an error is shown at the
//! field it belongs to.

use crate::domain::mode::{Change, Mode, State, Version};
use crate::edge::http::page::frame::Banner;
use crate::edge::http::page::moment;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::flag::moment::MomentError;
use crate::flag::switch::SwitchError;
use jiff::Timestamp;

/// The names of the fields, as in the API.
const MODE: &str = "maintenance_mode";
const MESSAGE: &str = "maintenance_mode_message";
const UNTIL: &str = "maintenance_mode_until";

/// The typed values. A field that the form omits keeps its current value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The requested state.
    pub state: State,
    /// The message, as typed.
    pub message: String,
    /// The planned end, as typed.
    pub until: String,
    /// The version that was seen.
    pub version: Option<Version>,
    given: [bool; 3],
}

/// A field that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Wrong {
    /// The field that the switch refused.
    pub fn of(error: &SwitchError) -> Self {
        let field = match error {
            SwitchError::UntilPast => UNTIL,
            SwitchError::MessageTooLong(_) | SwitchError::MessageNotPlain(_) | SwitchError::Store(_) => MESSAGE,
        };
        Self::at(field, error)
    }

    /// The field with `why` as a sentence of its own.
    pub fn at(field: &'static str, why: &impl std::fmt::Display) -> Self {
        let text = why.to_string();
        // The sentence stands alone below its field, so it begins with a capital.
        let mut letters = text.chars();
        let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        Self { field, text: format!("{capital}{}.", letters.as_str()) }
    }
}

impl Draft {
    /// The current settings, as a form shows them.
    pub fn of(mode: &Mode) -> Self {
        Self {
            state: mode.state,
            message: mode.message.clone().unwrap_or_default(),
            until: mode.until.map(|until| moment::field(&until)).unwrap_or_default(),
            version: Some(mode.version),
            given: [false; 3],
        }
    }

    /// Reads a form on top of `mode`.
    ///
    /// # Errors
    /// 422 when the form is malformed: an unknown state, a version that is not a number, or a field
    /// given twice with different values.
    pub fn read(fields: &Params, mode: &Mode) -> Result<Self, Problem> {
        let mut draft = Self { version: fields.count("version")?.map(Version), ..Self::of(mode) };
        if let Some(state) = read_state(fields)? {
            (draft.state, draft.given[0]) = (state, true);
        }
        let given = |name: &str| fields.pairs.iter().any(|(given, _)| given == name);
        if given(MESSAGE) {
            (draft.message, draft.given[1]) = (one_line(fields.text(MESSAGE)?.unwrap_or_default()), true);
        }
        if given(UNTIL) {
            (draft.until, draft.given[2]) = (fields.text(UNTIL)?.unwrap_or_default().trim().to_owned(), true);
        }
        Ok(draft)
    }

    /// The requested change: the given fields, on top of `mode`.
    ///
    /// # Errors
    /// When the end is not a time.
    pub fn change(&self, mode: &Mode) -> Result<Change, Wrong> {
        let [state, message, until] = self.given;
        let turns = self.state != mode.state;
        // Turning the mode off clears the end. An unchanged end may already have passed.
        let stays = if turns { self.state == State::Off } else { self.shows_the_end_of(mode) };
        let end = if until && !stays { Some(self.end()?) } else { None };
        let text = Some(self.message.clone()).filter(|text| !text.is_empty());
        Ok(Change { state: state.then_some(self.state), message: message.then_some(text), until: end })
    }

    /// Whether the end field has the value that the page showed. A browser may write the same time
    /// differently.
    fn shows_the_end_of(&self, mode: &Mode) -> bool {
        let shown = Self::of(mode);
        self.until == shown.until || self.end().is_ok_and(|end| end.is_some() && shown.end() == Ok(end))
    }

    /// The banner that this draft would produce.
    pub fn banner(&self, mode: &Mode, now: Timestamp) -> Banner {
        let message = Some(self.message.clone()).filter(|text| !text.is_empty());
        let since = if mode.state == State::On { mode.since } else { now };
        Banner { message, since, until: self.end().ok().flatten() }
    }

    fn end(&self) -> Result<Option<Timestamp>, Wrong> {
        if self.until.is_empty() {
            return Ok(None);
        }
        moment::read(&self.until).map(Some).map_err(|error| match error {
            MomentError::Beyond(_) => Wrong::at(UNTIL, &error),
            _ => Wrong {
                field: UNTIL,
                text: "This is no time. Write one such as 2026-12-01T04:00; it counts in UTC.".to_owned(),
            },
        })
    }
}

/// Joins lines: a text field breaks them where a person presses Enter, but banner and refusals are
/// one line.
pub fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The state of the checkbox. A browser does not send an unticked box, so the form sends `false`
/// before it and the last value counts.
pub fn read_state(fields: &Params) -> Result<Option<State>, Problem> {
    let last = fields.pairs.iter().rev().find(|(name, _)| name == MODE).map(|(_, value)| value.as_str());
    match last {
        None => Ok(None),
        Some("true" | "1" | "on") => Ok(Some(State::On)),
        Some("false" | "0" | "off") => Ok(Some(State::Off)),
        Some(_) => Err(Problem::field(MODE, "is none of: true, false")),
    }
}
