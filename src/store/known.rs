//! The highest version of the mode that this process has seen: its own memory, which no restored
//! database can take away.
//!
//! A store that answers less has been restored, or lost a change in a failover: what it says about
//! the mode is not believed, inside a transaction or outside of one, until a person says again what
//! holds ([`StoreError::WentBack`]).

use super::error::{Result, StoreError};
use crate::domain::mode::{Mode, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The highest version seen; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<AtomicI64>);

impl Known {
    /// The highest version so far; [`Version::NONE`] when none was seen.
    #[must_use]
    pub fn highest(&self) -> Version {
        Version(self.0.load(Ordering::SeqCst))
    }

    /// Takes note of a committed version.
    pub fn note(&self, version: Version) {
        self.0.fetch_max(version.0, Ordering::SeqCst);
    }

    /// Takes note of a committed mode, unless it is older than `before`: what was known when the
    /// read of it began. (What is known now may rightly be newer than what the read found.)
    ///
    /// # Errors
    /// [`StoreError::WentBack`] when it is older.
    pub fn believe(&self, mode: Mode, before: Version) -> Result<Mode> {
        if mode.version < before {
            return Err(StoreError::WentBack { seen: before, read: mode.version });
        }
        self.note(mode.version);
        Ok(mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::State;
    use jiff::Timestamp;

    fn mode(version: Version) -> Mode {
        Mode { state: State::Off, version, message: None, since: Timestamp::UNIX_EPOCH, until: None }
    }

    #[test]
    fn what_is_older_than_what_was_known_before_the_read_is_not_believed() {
        let known = Known::default();
        assert!(known.believe(mode(Version(7)), known.highest()).is_ok());
        let before = known.highest();
        assert!(matches!(
            known.believe(mode(Version(6)), before),
            Err(StoreError::WentBack { seen: Version(7), read: Version(6) })
        ));
        assert_eq!(known.highest(), Version(7));
    }

    #[test]
    fn a_read_overtaken_by_a_change_is_no_step_back() {
        let known = Known::default();
        let before = known.highest();
        known.note(Version(7));
        assert!(known.believe(mode(Version(6)), before).is_ok());
        assert_eq!(known.highest(), Version(7));
    }
}
