//! Mail out: which deliveries go.

use super::rules::{Look, Reason, look};
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;

/// What is decided about one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// It may go now.
    Send,
    /// Nobody knows whether it may go: keep it queued.
    Wait,
    /// It does not go, and the report says so.
    Suppress(Reason),
}

/// The verdict on one delivery, when it is enqueued and again each time it is claimed.
#[must_use]
pub fn judge_delivery(class: Class, mode: &ModeView) -> SendVerdict {
    let reason = match look(mode) {
        Look::Unknown => return SendVerdict::Wait,
        Look::Off => None,
        Look::On(mode) => Some(Reason::of(mode)),
    };
    match class {
        Class::Ordinary | Class::System => SendVerdict::Send,
        Class::WriteDependent | Class::Paging | Class::Unclassified => {
            reason.map_or(SendVerdict::Send, SendVerdict::Suppress)
        }
    }
}

/// Is a class kept back while the mode is on?
#[must_use]
pub fn is_blocked_class(class: Class) -> bool {
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
