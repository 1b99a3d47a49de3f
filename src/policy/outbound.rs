//! Outgoing mail: which deliveries are sent.

use super::rules::{Look, Reason, UnknownKind, look};
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;

/// The verdict on one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// Send it now.
    Send,
    /// Keep it queued: until the mode is off, or (without a reason) until the mode is known.
    Wait(Option<Reason>),
    /// Do not send it; list it in the report.
    Suppress(Reason),
}

/// How the mode treats a delivery while it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InMode {
    /// It is sent anyway.
    Send,
    /// It stays queued and is sent when the mode is off.
    Wait,
    /// It is not sent at all.
    Suppress,
}

/// How the mode treats a class while it is on.
#[must_use]
pub fn in_mode(class: Class, unknown: UnknownKind) -> InMode {
    match class {
        Class::Ordinary | Class::System => InMode::Send,
        Class::WriteDependent | Class::Paging => InMode::Suppress,
        Class::Unclassified => match unknown {
            // A delivery queued before the operator chose to reject unknown kinds is not lost
            // either.
            UnknownKind::Wait | UnknownKind::Reject => InMode::Wait,
            UnknownKind::Suppress => InMode::Suppress,
            UnknownKind::Send => InMode::Send,
        },
    }
}

/// The verdict on one delivery, at enqueue time and again at every claim.
#[must_use]
pub fn judge_delivery(class: Class, mode: &ModeView, unknown: UnknownKind) -> SendVerdict {
    match look(mode) {
        Look::Unknown => SendVerdict::Wait(None),
        Look::Off => SendVerdict::Send,
        Look::On(mode) => match in_mode(class, unknown) {
            InMode::Send => SendVerdict::Send,
            InMode::Wait => SendVerdict::Wait(Some(Reason::of(mode))),
            InMode::Suppress => SendVerdict::Suppress(Reason::of(mode)),
        },
    }
}

/// Whether the store must be asked again right before a message of this class is written.
///
/// True for every class that some setting holds back: only the store knows the setting in force.
#[must_use]
pub fn is_asked_at_the_dot(class: Class) -> bool {
    match class {
        Class::Ordinary | Class::System => false,
        Class::WriteDependent | Class::Paging | Class::Unclassified => true,
    }
}

/// Whether the message is kept when a delivery of this class is suppressed.
///
/// A write-dependent message holds a token for a write; it must be requested anew, never replayed.
#[must_use]
pub fn keeps_body_when_suppressed(class: Class) -> bool {
    match class {
        Class::WriteDependent => false,
        Class::Ordinary | Class::Paging | Class::System | Class::Unclassified => true,
    }
}

/// Whether the message is wiped as soon as no delivery needs it any more.
#[must_use]
pub fn wipes_body_when_done(class: Class) -> bool {
    !keeps_body_when_suppressed(class)
}
