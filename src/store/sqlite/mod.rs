//! The embedded store: one SQLite file on a local disk.
//!
//! All writing goes through one task (`writer`) that groups whatever waits into one `BEGIN
//! IMMEDIATE`; SQLite lets in one writer at a time, over all processes, so the holder of the
//! transaction is inside the fence. Reading uses a pool of read-only connections and never waits
//! for the writer. Every commit is synced to disk (`synchronous=FULL`), freed pages are overwritten
//! (`secure_delete`). It fails as [`StoreError`] and works again as soon as the disk does; no
//! restart is needed. Not for network file systems: SQLite's locks do not hold there.

mod access;
mod dedup;
mod desk;
mod job;
mod ledger;
mod mode;
mod notification;
mod open;
mod person;
mod place;
mod position;
mod read;
mod report;
mod retire;
mod row;
mod script;
mod telling;
#[cfg(test)]
pub mod tests;
mod window;
mod wipe;
mod writer;

pub use open::{Existing, OpenError};

use super::error::StoreError;
use super::known::Known;
use crate::policy::rules::UnknownKind;
use sqlx::SqlitePool;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    place: place::Place,
    /// What this process has seen of the mode.
    known: Known,
    /// What the mode does to notifications whose kind is not declared.
    unknown_kind: UnknownKind,
    readers: SqlitePool,
    writer: writer::Writer,
}

impl SqliteStore {
    /// The same store, which treats notifications of undeclared kinds like this; without it they
    /// wait.
    #[must_use]
    pub fn with_unknown_kind(self, unknown_kind: UnknownKind) -> Self {
        Self { unknown_kind, ..self }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.place.path()
    }

    /// Ends when the store takes no more work: it was closed, or its writer died. The gateway
    /// must stop then.
    pub async fn ended(&self) {
        self.writer.ended().await;
    }

    /// Commits what waits, folds the write-ahead log into the file and lets it go.
    pub async fn close(&self) {
        // Readers first: the last connection to go folds the log.
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A statement on its way.
type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// What SQLite's error means to a caller.
fn failed(error: sqlx::Error) -> StoreError {
    match result_code(&error) {
        Some(8 | 13) => StoreError::Full(error.to_string()),
        Some(5 | 6 | 10 | 14) => StoreError::Unreachable(error.to_string()),
        Some(_) => StoreError::Corrupt(error.to_string()),
        None => match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Unreachable(error.to_string()),
        },
    }
}

/// The primary result code, the low byte of the extended one:
/// <https://www.sqlite.org/rescode.html>.
fn result_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}
