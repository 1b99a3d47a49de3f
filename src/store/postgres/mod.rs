//! The shared store: one PostgreSQL database, where several nodes share the work.
//!
//! **The fence.** Every transaction that admits, claims, suppresses or settles runs READ COMMITTED
//! and begins with `pg_advisory_xact_lock_shared` as a statement of its own; only then it reads the
//! mode, so that its snapshot is younger than its lock. A change of the mode takes the same lock
//! alone (`fence`). A foreign key or a condition in the INSERT would be no fence. Other than on
//! SQLite, scripts run side by side: what two of them could do to each other is settled by row
//! locks taken in a statement of their own before the look that decides (see `wipe`), or by taking
//! the fence alone (an operator's acts).
//!
//! **No batching.** Each admission is a transaction of its own: sixteen connections and
//! PostgreSQL's group commit are faster than one connection and groups of ours. Hand-overs that
//! were offered together are settled together. Connections are for the whole session (settings and
//! prepared statements): a pooler in front must pool sessions, not transactions.
//!
//! **Failing.** Locks are waited for two seconds, thirty by a change; then, or when the database is
//! gone, the answer is [`StoreError::Unreachable`] (451, 503). Deadlocks and serialisation failures
//! are run again whole. When the connection breaks at COMMIT its outcome is unknown: the
//! peer hears 451, and the content hash or the idempotency key recognises its retry. A standby is
//! refused. Text is cleaned of NUL, which PostgreSQL does not take, so that nothing fails after it
//! was taken in.
//!
//! **Wiping.** A wiped message leaves a dead row version behind. Soon after a wipe, VACUUM frees it
//! and fillers overwrite the freed space (`tidy`). The write-ahead log, archives, replicas and
//! backups keep its bytes until they are recycled: an operator who can read the database's disk
//! must be trusted, or the disk encrypted. On SQLite a wipe overwrites at once.
//!
//! Only `postern migrate` changes the schema.

mod access;
mod dedup;
mod desk;
mod fence;
mod job;
mod ledger;
mod listen;
mod mode;
mod notification;
mod open;
mod person;
mod position;
mod read;
mod report;
mod retire;
mod row;
mod script;
mod telling;
#[cfg(test)]
pub mod tests;
mod tidy;
mod window;
mod wipe;

pub use open::OpenError;

use super::error::StoreError;
use super::known::Known;
use crate::policy::rules::UnknownKind;
use sqlx::PgPool;
use std::sync::Arc;
use tokio::sync::Notify;

/// The shared store.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    /// What this process has seen of the mode.
    known: Known,
    /// What the mode does to notifications whose kind is not declared.
    unknown_kind: UnknownKind,
    /// Something was wiped: rung for `tidy`.
    wiped: Arc<Notify>,
    tidying: tokio::task::AbortHandle,
}

impl PostgresStore {
    /// The same store, which treats notifications of undeclared kinds like this; without it they
    /// wait.
    #[must_use]
    pub fn with_unknown_kind(self, unknown_kind: UnknownKind) -> Self {
        Self { unknown_kind, ..self }
    }

    /// Waits for what is under way and lets the connections go.
    pub async fn close(&self) {
        self.tidying.abort();
        self.pool.close().await;
    }
}

/// A statement on its way.
type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// What PostgreSQL's error means to a caller:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn failed(error: sqlx::Error) -> StoreError {
    let code = match &error {
        sqlx::Error::Database(database) => database.code().map(std::borrow::Cow::into_owned),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::ColumnNotFound(_) => return StoreError::Corrupt(error.to_string()),
        _ => return StoreError::Unreachable(error.to_string()),
    };
    let code = code.unwrap_or_default();
    match code.as_str() {
        "53100" => StoreError::Full(error.to_string()),
        "25006" => StoreError::Unreachable(format!("{error}; point `store.url` at the primary")),
        "42501" => StoreError::Unreachable(error.to_string()),
        // By class: connection, transaction state, sign-in, unknown database, rolled back, out of
        // resources, lock not available, stopped by an operator, system.
        _ if ["08", "25", "28", "3D", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unreachable(error.to_string())
        }
        _ => StoreError::Corrupt(error.to_string()),
    }
}

/// Is this a transaction that lost against another and would do well on its own (deadlock,
/// serialisation failure)?
fn is_collision(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "40001" || code == "40P01")
}
