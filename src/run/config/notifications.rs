//! `[notifications]`: what the application may enqueue.

use super::error::ConfigError;
use super::section::Section;
use crate::policy::rules::UnknownKind;

/// The `[notifications]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notifications {
    /// What the mode does to a notification of an undeclared kind.
    pub unknown_kind: UnknownKind,
}

impl Notifications {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        Ok(Self { unknown_kind: section.word("unknown_kind", UnknownKind::ALL, |word| word.as_str())? })
    }
}
