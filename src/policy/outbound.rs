//! Mail out: which deliveries go.

use super::rules::{Look, Reason, UnknownKind, look};
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;

/// What is decided about one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// It may go now.
    Send,
    /// Keep it queued: until the mode is off, or (without a reason) until the mode is known.
    Wait(Option<Reason>),
    /// It does not go, and the report says so.
    Suppress(Reason),
}

/// What the mode does to a delivery while it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InMode {
    /// It goes out all the same.
    Send,
    /// It stays queued and goes out when the mode is off.
    Wait,
    /// It does not go out at all.
    Suppress,
}

/// What the mode does to a class while it is on.
#[must_use]
pub fn in_mode(class: Class, unknown: UnknownKind) -> InMode {
    match class {
        Class::Ordinary | Class::System => InMode::Send,
        Class::WriteDependent | Class::Paging => InMode::Suppress,
        Class::Unclassified => match unknown {
            // What was kept before the operator chose to reject such kinds is not lost either.
            UnknownKind::Wait | UnknownKind::Reject => InMode::Wait,
            UnknownKind::Suppress => InMode::Suppress,
            UnknownKind::Send => InMode::Send,
        },
    }
}

/// The verdict on one delivery, when it is enqueued and again each time it is claimed.
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
/// True for every class that the mode keeps back under some setting: only the store knows the setting that holds.
#[must_use]
pub fn is_asked_at_the_dot(class: Class) -> bool {
    match class {
        Class::Ordinary | Class::System => false,
        Class::WriteDependent | Class::Paging | Class::Unclassified => true,
    }
}

/// Is the message kept when a delivery of this class is suppressed?
///
/// A write-dependent one holds a token whose use is a write; it must be requested anew, never replayed.
#[must_use]
pub fn keeps_body_when_suppressed(class: Class) -> bool {
    match class {
        Class::WriteDependent => false,
        Class::Ordinary | Class::Paging | Class::System | Class::Unclassified => true,
    }
}

/// Is the message wiped as soon as nobody needs it any more?
#[must_use]
pub fn wipes_body_when_done(class: Class) -> bool {
    !keeps_body_when_suppressed(class)
}
