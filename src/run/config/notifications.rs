//! `[notifications]`: what the application may enqueue.

use super::error::ConfigError;
use super::section::Section;
use crate::domain::spelling::spelled;

/// `[notifications]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notifications {
    /// What happens to a kind that nobody declared.
    pub unknown_kind: UnknownKind,
}

spelled! {
    /// What happens to a kind that nobody declared.
    pub enum UnknownKind {
        /// It is taken, with a warning, and suppressed in the mode.
        Suppress = "suppress",
        /// It is not taken: 422 with the nearest names.
        Reject = "reject",
    }
}

impl Notifications {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        Ok(Self { unknown_kind: section.word("unknown_kind", UnknownKind::ALL, |word| word.as_str())? })
    }
}
