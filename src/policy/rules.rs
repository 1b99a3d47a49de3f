//! The operator's settings that policy takes into account; plain data, filled from the
//! configuration.

use crate::domain::mail::Intent;
use crate::domain::mode::{Mode, ModeView, State, Version};
use crate::domain::spelling::spelled;
use jiff::Timestamp;
use std::collections::BTreeMap;

spelled! {
    /// What happens during maintenance to a mail that would write.
    pub enum Treatment {
        /// 550: the sender learns of it at once.
        Refuse = "refuse",
        /// 451: the sending MTA keeps it and retries.
        Defer = "defer",
        /// 250: Postern keeps it until the mode is off.
        Hold = "hold",
    }
}

spelled! {
    /// What happens during maintenance to mail accepted before it began.
    pub enum AcceptedBefore {
        /// Hand it over: it is work in progress.
        Finish = "finish",
        /// Keep it until the mode is off.
        Wait = "wait",
    }
}

spelled! {
    /// What the mode does to a notification of an undeclared kind.
    #[derive(Default)]
    pub enum UnknownKind {
        /// It waits until the mode is off, so that no mail is lost from a mailer that Postern does
        /// not know.
        #[default]
        Wait = "wait",
        /// It is not sent, and the report lists it.
        Suppress = "suppress",
        /// It is sent anyway.
        Send = "send",
        /// It is never accepted: 422 with the nearest names.
        Reject = "reject",
    }
}

/// The intents that write, each of which can be treated separately.
pub const WRITING: [Intent; 6] = [
    Intent::CreateIssue,
    Intent::CreateMergeRequest,
    Intent::Reply,
    Intent::Comment,
    Intent::ServiceDesk,
    Intent::VerifyServiceDesk,
];

/// The operator's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// For every intent that writes and has no entry in `intents`.
    pub incoming: Treatment,
    /// Per intent; only intents that write are looked up.
    pub intents: BTreeMap<Intent, Treatment>,
    /// For mail accepted before the mode came on.
    pub accepted_before: AcceptedBefore,
    /// For notifications of undeclared kinds.
    pub unknown_kind: UnknownKind,
    /// For the first week: refusals are answered 4xx instead of 5xx, so that a set-up mistake
    /// bounces no mail.
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

/// Why the mode refused: enough to word the refusal for any protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The version of the mode that decided.
    pub version: Version,
    /// The administrator's message.
    pub message: Option<String>,
    /// The planned end of the maintenance.
    pub until: Option<Timestamp>,
}

impl Reason {
    /// The sentence with which every refusal begins.
    pub const TEXT: &'static str = "This instance is in (read-only) maintenance mode";
    /// The same as one word, for rows, answers and reports.
    pub const WORD: &'static str = "maintenance";

    pub(super) fn of(mode: &Mode) -> Self {
        Self { version: mode.version, message: mode.message.clone(), until: mode.until }
    }
}

/// The mode in the form that policy matches on.
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
