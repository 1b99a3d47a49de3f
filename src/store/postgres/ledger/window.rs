//! Windows inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::WindowId;
use crate::domain::mode::Version;
use crate::domain::window::Window;
use crate::store::error::Result;
use crate::store::postgres::row::{clean, clean_or_null};
use crate::store::record;
use crate::store::record::column::micros;
use crate::store::script::ledger::WindowLedger;
use crate::store::select::window_columns;
use crate::store::window::MAX_STANDING;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;

/// The ones scheduled and open; the same statement serves readers outside a transaction.
pub(in crate::store::postgres) const STANDING: &str = concat!(
    "SELECT ",
    window_columns!(),
    "
   FROM maintenance_window WHERE state IN ('scheduled', 'open') ORDER BY starts_at, id LIMIT $1"
);

/// One.
pub(in crate::store::postgres) const ONE: &str = concat!(
    "SELECT ",
    window_columns!(),
    "
   FROM maintenance_window WHERE id = $1"
);

const ADD: &str =
    "INSERT INTO maintenance_window (id, starts_at, ends_at, message, auto_off, state, created_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const MOVE: &str =
    "UPDATE maintenance_window SET state = $2, opened_at = $3, opened_version = $4, begun_at = $5, ended_at = $6,
        ended_by = $7, ended_version = $8
  WHERE id = $1";

const END_OPEN: &str =
    concat!("UPDATE maintenance_window SET state = 'ended', ended_at = $1, ended_by = $2, ended_version = $3 WHERE state = 'open'
     RETURNING ", window_columns!());

/// Windows from their rows.
pub(in crate::store::postgres) fn windows(rows: &[PgRow]) -> Result<Vec<Window>> {
    rows.iter().map(record::window).collect()
}

#[async_trait]
impl WindowLedger for Ledger {
    async fn standing(&mut self) -> Result<Vec<Window>> {
        windows(&self.rows(sqlx::query(STANDING).bind(MAX_STANDING)).await?)
    }

    async fn find_window(&mut self, id: WindowId) -> Result<Option<Window>> {
        self.row(sqlx::query(ONE).bind(id.to_string())).await?.as_ref().map(record::window).transpose()
    }

    async fn add_window(&mut self, window: &Window) -> Result<()> {
        let insert = sqlx::query(ADD)
            .bind(window.id.to_string())
            .bind(micros(window.starts_at))
            .bind(micros(window.ends_at))
            .bind(clean_or_null(window.message.as_ref()))
            .bind(i64::from(window.auto_off))
            .bind(window.state.as_str())
            .bind(micros(window.created_at))
            .bind(clean(&window.created_by));
        self.execute(insert).await.map(drop)
    }

    async fn move_window(&mut self, window: &Window) -> Result<()> {
        let update = sqlx::query(MOVE)
            .bind(window.id.to_string())
            .bind(window.state.as_str())
            .bind(window.opened_at.map(micros))
            .bind(window.opened_version.map(|version| version.0))
            .bind(window.begun_at.map(micros))
            .bind(window.ended_at.map(micros))
            .bind(clean_or_null(window.ended_by.as_ref()))
            .bind(window.ended_version.map(|version| version.0));
        self.execute(update).await.map(drop)
    }

    async fn end_open_windows(&mut self, version: Version, by: &str, now: Timestamp) -> Result<Vec<Window>> {
        let update = sqlx::query(END_OPEN).bind(micros(now)).bind(clean(by)).bind(version.0);
        windows(&self.rows(update).await?)
    }
}
