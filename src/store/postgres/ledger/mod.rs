//! One open transaction: its connection, its statements, its end.
//!
//! Every statement goes through here, so that a failure is never overlooked: PostgreSQL answers
//! COMMIT with success after a failed statement, and rolls back. A ledger that is dropped before
//! its end closes its connection, and with it the transaction.

mod act;
mod brake;
mod drain;
mod end;
mod mail;
mod mode;
mod notification;
mod window;

pub(super) use mode::{HIGHEST, MODE, found_mode};
pub(super) use window::{ONE, STANDING, windows};

use super::wipe::{lock, wipe};
use super::{Query, failed, is_collision};
use crate::domain::id::NotificationId;
use crate::domain::mode::Mode;
use crate::store::error::{Result, StoreError};
use crate::store::known::Known;
use crate::store::record::column::Columns;
use crate::store::script::ledger::WholeLedger;
use crate::store::script::row::{AttemptRow, RecipientRow};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres};
use std::collections::BTreeSet;

/// An open transaction, and what is known inside it.
#[derive(Debug)]
pub struct Ledger {
    connection: PoolConnection<Postgres>,
    is_open: bool,
    has_failed: bool,
    /// It lost against another transaction: worth another try from its beginning.
    pub(super) collided: bool,
    /// What this process has seen of the mode.
    pub(super) known: Known,
    /// The mode as this transaction read it; under the fence it cannot change but by us.
    pub(super) mode: Option<Mode>,
    /// Refusals, written together before the commit.
    turned: Vec<RecipientRow>,
    /// Attempts, written together before the commit.
    attempts: Vec<AttemptRow>,
    /// Notifications whose messages may be of no more use; wiped together before the commit.
    wipes: BTreeSet<NotificationId>,
    /// A message was wiped.
    pub(super) wiped: bool,
}

impl Ledger {
    /// Takes a connection; nothing is begun yet.
    pub(super) async fn take(pool: &PgPool, known: Known) -> Result<Self> {
        let connection = pool.acquire().await.map_err(failed)?;
        Ok(Self {
            connection,
            is_open: false,
            has_failed: false,
            collided: false,
            known,
            mode: None,
            turned: Vec::new(),
            attempts: Vec::new(),
            wipes: BTreeSet::new(),
            wiped: false,
        })
    }

    /// Begins. The isolation level is part of the fence, whatever the database's default is.
    pub(super) async fn begin(&mut self) -> Result<()> {
        self.is_open = true;
        self.execute(sqlx::query("BEGIN ISOLATION LEVEL READ COMMITTED")).await.map(drop)
    }

    /// Commits. After an error here it is not known whether it counted.
    pub(super) async fn commit(&mut self) -> Result<()> {
        self.write_turned().await?;
        self.write_attempts().await?;
        self.wipe_all().await?;
        if self.has_failed {
            return Err(StoreError::Corrupt("a script went on after a failed statement".into()));
        }
        self.execute(sqlx::query("COMMIT")).await?;
        self.is_open = false;
        Ok(())
    }

    /// Wipes the messages that are of no more use by now.
    async fn wipe_all(&mut self) -> Result<()> {
        let wipes = std::mem::take(&mut self.wipes);
        if wipes.is_empty() {
            return Ok(());
        }
        let locked = self.rows(lock(&wipes)).await?;
        let locked = locked.iter().map(|row| row.id("id")).collect::<Result<Vec<NotificationId>>>()?;
        if !locked.is_empty() {
            self.wiped |= self.execute(wipe(&locked)).await? > 0;
        }
        Ok(())
    }

    /// Rolls back, so that the connection can be used again; if that fails, it is closed.
    pub(super) async fn roll_back(&mut self) {
        self.is_open = sqlx::query("ROLLBACK").execute(&mut *self.connection).await.is_err();
    }

    /// Runs a statement: how many rows it changed.
    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        let done = query.execute(&mut *self.connection).await;
        self.note(done).map(|done| done.rows_affected())
    }

    /// Runs a statement that changes one row or none: did it?
    pub(super) async fn changes_one(&mut self, query: Query<'_>) -> Result<bool> {
        self.execute(query).await.map(|rows| rows == 1)
    }

    /// The rows of a statement.
    pub(super) async fn rows(&mut self, query: Query<'_>) -> Result<Vec<PgRow>> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        let rows = query.fetch_all(&mut *self.connection).await;
        self.note(rows)
    }

    /// The first row of a statement, if any.
    pub(super) async fn row(&mut self, query: Query<'_>) -> Result<Option<PgRow>> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        let row = query.fetch_optional(&mut *self.connection).await;
        self.note(row)
    }

    /// The row of a statement that always has one.
    pub(super) async fn one(&mut self, query: Query<'_>) -> Result<PgRow> {
        self.row(query)
            .await?
            .ok_or_else(|| StoreError::Corrupt("a statement found nothing where it always does".into()))
    }

    fn note<T>(&mut self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        result.map_err(|error| {
            self.has_failed = true;
            self.collided |= is_collision(&error);
            failed(error)
        })
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if self.is_open {
            self.connection.close_on_drop();
        }
    }
}

impl WholeLedger for Ledger {}
