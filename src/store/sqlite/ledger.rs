//! The connection that writes, and what is known and gathered inside the current transaction.
//!
//! A statement costs more by its way to SQLite's thread and back than by its work. So what the scripts of one group write
//! about rows of their own is gathered and written by one statement for all of them, before the commit and before any script
//! that could look at those rows; and what they would have to ask one by one is asked for all of them first ([`Foreseen`]).

use super::Failing;
use super::failed;
use super::gather::Gathered;
use super::scrub::WIPED;
use crate::domain::id::{DeliveryId, RecipientId, kind};
use crate::domain::mode::Mode;
use crate::store::claim::Held;
use crate::store::error::Result;
use crate::store::known::Known;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::collections::HashSet;

/// What a script is going to ask about rows of its own; it touches no others.
#[derive(Debug, Clone, Default)]
pub(super) struct Foresight {
    /// Contents about to be taken.
    pub(super) contents: Vec<[u8; 32]>,
    /// Recipients whose lease is about to be settled.
    pub(super) recipients: Vec<RecipientId>,
    /// Deliveries whose lease is about to be settled.
    pub(super) deliveries: Vec<DeliveryId>,
}

/// What was asked for the whole group, inside its transaction. Each answer is used once: then it is no longer true.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    /// Contents nobody has sent before.
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
    pub(super) foreseen: Foreseen,
    pub(super) gathered: Gathered,
    /// This transaction wiped a message: the write-ahead log must be scrubbed of it.
    pub(super) wiped: bool,
}

impl Ledger {
    pub(super) async fn open(options: &SqliteConnectOptions, known: Known) -> Result<Self> {
        let connection = options.clone().disable_statement_logging().connect().await.map_err(failed)?;
        let (foreseen, gathered) = (Foreseen::default(), Gathered::default());
        Ok(Self { connection, known, mode: None, foreseen, gathered, wiped: false })
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn begin(&mut self) -> Result<()> {
        self.mode = None;
        self.foreseen = Foreseen::default();
        self.gathered = Gathered::default();
        self.wiped = false;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await.or_fail().map(drop)
    }

    /// Makes the tables tell all there is: for a script that may look at anything, and change it.
    pub(super) async fn come_clean(&mut self) -> Result<()> {
        self.foreseen = Foreseen::default();
        self.write_gathered().await
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.write_gathered().await?;
        if self.wiped {
            sqlx::query(WIPED).execute(&mut self.connection).await.or_fail()?;
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await.or_fail().map(drop)
    }

    pub(super) async fn roll_back(&mut self) {
        // After some errors SQLite has rolled back already; then this fails and that is fine.
        let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
    }

    pub(super) async fn close(self) {
        let _ = self.connection.close().await;
    }
}
