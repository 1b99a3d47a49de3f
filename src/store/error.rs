//! How a store fails, in the terms its callers must answer in.

use crate::domain::mode::Version;

/// Why the store did not do it. Nothing of the failed work is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be written now: disk full, read-only file, quota.
    #[error("the store cannot be written ({0}): free some disk space or make its folder writable")]
    Full(String),
    /// It cannot be reached or answered too late; whether the work was done is not known to the
    /// caller.
    #[error("the store cannot be reached ({0})")]
    Unreachable(String),
    /// It answers an older version of the mode than this process has seen, so what
    /// holds is unknown.
    #[error(
        "the mode went back from version {seen} to {read}: the store was restored or lost a change; \
         turn the mode on or off to say what holds"
    )]
    WentBack {
        /// The highest version on record or seen by this process.
        seen: Version,
        /// The version the store has now.
        read: Version,
    },
    /// It answered what should be impossible: a defect in Postern or a damaged file.
    #[error("the store holds something unexpected ({0}): please report this")]
    Corrupt(String),
}

/// The result of asking a store.
pub type Result<T> = std::result::Result<T, StoreError>;
