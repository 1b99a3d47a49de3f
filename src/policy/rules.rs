//! The operator's choices that policy takes into account; plain data, filled from the configuration.

use crate::domain::mail::Intent;
use crate::domain::mode::{Mode, ModeView, State};
use crate::domain::spelling::spelled;
use jiff::Timestamp;
use std::collections::BTreeMap;

spelled! {
    /// What happens to a mail that would write while the mode is on.
    pub enum Treatment {
        /// 550: the sender learns at once.
        Refuse = "refuse",
        /// 451: the MTA keeps it and tries again.
        Defer = "defer",
        /// 250: Postern keeps it until the mode is off.
        Hold = "hold",
    }
}

spelled! {
    /// What happens in the mode to mail accepted before it came on.
    pub enum AcceptedBefore {
        /// It is work under way: hand it over.
        Finish = "finish",
        /// Keep it until the mode is off.
        Wait = "wait",
    }
}

spelled! {
    /// What the mode does to a notification whose kind is not declared.
    #[derive(Default)]
    pub enum UnknownKind {
        /// It waits until the mode is off, so that nothing is lost by a mailer that Postern does not know.
        #[default]
        Wait = "wait",
        /// It does not go out, and the report lists it.
        Suppress = "suppress",
        /// It goes out all the same.
        Send = "send",
        /// It is never taken: 422 with the nearest names.
        Reject = "reject",
    }
}

/// The operator's choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// For every writing intent without an entry of its own.
    pub incoming: Treatment,
    /// Per intent; only the writing ones are looked at.
    pub intents: BTreeMap<Intent, Treatment>,
    /// For what was accepted before the mode came on.
    pub accepted_before: AcceptedBefore,
    /// For notifications of kinds that are not declared.
    pub unknown_kind: UnknownKind,
    /// For the first week: refusals are answered 4xx instead of 5xx, so that a set-up mistake bounces nothing.
    pub soft_bounce: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            incoming: Treatment::Refuse,
            intents: BTreeMap::new(),
            accepted_before: AcceptedBefore::Finish,
            unknown_kind: UnknownKind::default(),
            soft_bounce: false,
        }
    }
}

/// Why the mode said no: enough to word it at any door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The version that decided.
    pub version: i64,
    /// The administrator's words.
    pub message: Option<String>,
    /// The planned end.
    pub until: Option<Timestamp>,
}

impl Reason {
    /// The one sentence every refusal begins with.
    pub const TEXT: &'static str = "This instance is in (read-only) maintenance mode";
    /// The same in one word, for rows, answers and reports.
    pub const WORD: &'static str = "maintenance";

    pub(super) fn of(mode: &Mode) -> Self {
        Self { version: mode.version, message: mode.message.clone(), until: mode.until }
    }
}

/// The mode as policy looks at it.
pub(super) enum Look<'a> {
    Unknown,
    Off,
    On(&'a Mode),
}

pub(super) fn look(mode: &ModeView) -> Look<'_> {
    match mode {
        ModeView::Unknown => Look::Unknown,
        ModeView::Known(mode) => match mode.state {
            State::Off => Look::Off,
            State::On => Look::On(mode),
        },
    }
}
