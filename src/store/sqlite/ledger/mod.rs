//! The connection that writes, and what is known and gathered inside the current transaction.
//!
//! A statement costs more by its way to SQLite's thread and back than by its work. So what the
//! scripts of one group write about rows of their own is gathered and written by one statement for
//! all of them, before the commit and before any script that could look at those rows; and what
//! they would have to ask one by one is asked for all of them first ([`Foreseen`]).

mod act;
mod brake;
mod drain;
mod end;
mod fate;
mod gather;
mod mail;
mod mode;
mod notification;
mod window;

pub(super) use mode::{HIGHEST, MODE};
pub(super) use window::{ONE, STANDING, windows};

use super::wipe::wipe;
use super::writer::scrub::WIPED;
use super::{Query, failed};
use crate::domain::id::{NotificationId, kind};
use crate::domain::mode::Mode;
use crate::store::claim::Held;
use crate::store::error::{Result, StoreError};
use crate::store::known::Known;
use crate::store::script::ledger::WholeLedger;
use gather::Gathered;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::collections::{BTreeSet, HashSet};

/// What was asked for the whole group, inside its transaction. Each answer is used once: then it is
/// no longer true.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    /// Contents that were never sent before.
    pub(super) new_contents: HashSet<[u8; 32]>,
    /// Recipients and the leases that hold them.
    pub(super) recipients: HashSet<Held<kind::Recipient>>,
    /// Deliveries and the leases that hold them.
    pub(super) deliveries: HashSet<Held<kind::Delivery>>,
}

/// One open transaction.
#[derive(Debug)]
pub struct Ledger {
    connection: SqliteConnection,
    /// What this process has seen of the mode.
    pub(super) known: Known,
    /// The mode as this transaction read it; under the lock it cannot change but by us.
    pub(super) mode: Option<Mode>,
    foreseen: Foreseen,
    gathered: Gathered,
    /// Notifications whose messages may be of no more use; wiped together before the commit.
    wipes: BTreeSet<NotificationId>,
    /// This transaction wiped a message: the write-ahead log must be scrubbed of it.
    pub(super) wiped: bool,
}

impl Ledger {
    pub(super) async fn open(options: &SqliteConnectOptions, known: Known) -> Result<Self> {
        let connection = options.clone().disable_statement_logging().connect().await.map_err(failed)?;
        let (foreseen, gathered) = (Foreseen::default(), Gathered::default());
        Ok(Self { connection, known, mode: None, foreseen, gathered, wipes: BTreeSet::new(), wiped: false })
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn begin(&mut self) -> Result<()> {
        self.mode = None;
        self.foreseen = Foreseen::default();
        self.gathered = Gathered::default();
        self.wipes.clear();
        self.wiped = false;
        self.execute(sqlx::query("BEGIN IMMEDIATE")).await.map(drop)
    }

    /// Makes the tables tell all there is: for a script that may look at anything, and change it.
    pub(super) async fn come_clean(&mut self) -> Result<()> {
        self.foreseen = Foreseen::default();
        self.write_all().await
    }

    /// Writes what was gathered, and wipes what is of no more use by then.
    async fn write_all(&mut self) -> Result<()> {
        self.write_gathered().await?;
        let wipes = std::mem::take(&mut self.wipes);
        if !wipes.is_empty() {
            self.wiped |= self.execute(wipe(&wipes)).await? > 0;
        }
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.write_all().await?;
        if self.wiped {
            self.execute(sqlx::query(WIPED)).await?;
        }
        self.execute(sqlx::query("COMMIT")).await.map(drop)
    }

    pub(super) async fn roll_back(&mut self) {
        // After some errors SQLite has rolled back already; then this fails and that is fine.
        let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
    }

    pub(super) async fn close(self) {
        let _ = self.connection.close().await;
    }

    /// Runs a statement: how many rows it changed.
    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        query.execute(&mut self.connection).await.map_err(failed).map(|done| done.rows_affected())
    }

    /// Runs a statement that changes one row or none: did it?
    pub(super) async fn changes_one(&mut self, query: Query<'_>) -> Result<bool> {
        self.execute(query).await.map(|rows| rows == 1)
    }

    /// The rows of a statement.
    pub(super) async fn rows(&mut self, query: Query<'_>) -> Result<Vec<SqliteRow>> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        query.fetch_all(&mut self.connection).await.map_err(failed)
    }

    /// The first row of a statement, if any.
    pub(super) async fn row(&mut self, query: Query<'_>) -> Result<Option<SqliteRow>> {
        #[cfg(test)]
        crate::store::conformance::cost::note();
        query.fetch_optional(&mut self.connection).await.map_err(failed)
    }

    /// The row of a statement that always has one.
    pub(super) async fn one(&mut self, query: Query<'_>) -> Result<SqliteRow> {
        self.row(query)
            .await?
            .ok_or_else(|| StoreError::Corrupt("a statement found nothing where it always does".into()))
    }
}

impl WholeLedger for Ledger {}
