//! Windows: SQL.

use super::ledger::Ledger;
use super::row::micros;
use super::{Failing, SqliteStore};
use crate::domain::id::WindowId;
use crate::domain::window::{Window, WindowState};
use crate::policy::window::Confidence;
use crate::store::column::key;
use crate::store::desk::Page;
use crate::store::error::Result;
use crate::store::window::{Cancelled, Kept, MOST_STANDING, Scheduled, WindowLedger, WindowStore};
use crate::store::{record, timetable};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

/// The ones scheduled and open; the same statement serves readers outside a transaction.
const STANDING: &str =
    "SELECT id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        begun_at, ended_at, ended_by, ended_version
   FROM maintenance_window WHERE state IN ('scheduled', 'open') ORDER BY starts_at, id LIMIT $1";

const ONE: &str =
    "SELECT id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        begun_at, ended_at, ended_by, ended_version
   FROM maintenance_window WHERE id = $1";

const ALL: &str =
    "SELECT id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        begun_at, ended_at, ended_by, ended_version
   FROM maintenance_window WHERE (starts_at, id) < ($1, $2) AND ($3 IS NULL OR state = $3)
  ORDER BY starts_at DESC, id DESC LIMIT $4";

const OF_VERSIONS: &str =
    "SELECT id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        begun_at, ended_at, ended_by, ended_version
   FROM maintenance_window WHERE opened_version BETWEEN $1 AND $2 OR ended_version BETWEEN $1 AND $2 ORDER BY starts_at, id";

const ADD: &str =
    "INSERT INTO maintenance_window (id, starts_at, ends_at, message, auto_off, state, created_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const MOVE: &str =
    "UPDATE maintenance_window SET state = $2, opened_at = $3, opened_version = $4, begun_at = $5, ended_at = $6,
        ended_by = $7, ended_version = $8
  WHERE id = $1";

const END_OPEN: &str =
    "UPDATE maintenance_window SET state = 'ended', ended_at = $1, ended_by = $2, ended_version = $3 WHERE state = 'open'
     RETURNING id, starts_at, ends_at, message, auto_off, state, created_at, created_by, opened_at, opened_version,
        begun_at, ended_at, ended_by, ended_version";

fn windows(rows: &[SqliteRow]) -> Result<Vec<Window>> {
    rows.iter().map(record::window).collect()
}

#[async_trait]
impl WindowStore for SqliteStore {
    async fn schedule(&self, window: Window, now: Timestamp) -> Result<Scheduled> {
        self.writer
            .write(0, move |ledger| {
                let window = window.clone();
                Box::pin(async move { timetable::schedule(ledger, &window, now).await })
            })
            .await
    }

    async fn cancel_window(&self, id: WindowId, by: String, now: Timestamp) -> Result<Cancelled> {
        self.writer
            .write(0, move |ledger| {
                let by = by.clone();
                Box::pin(async move { timetable::cancel(ledger, id, &by, now).await })
            })
            .await
    }

    async fn keep_windows(&self, confidence: Confidence, now: Timestamp) -> Result<Vec<Kept>> {
        let unknown = self.unknown_kind;
        self.writer
            .write(0, move |ledger| Box::pin(async move { timetable::keep(ledger, confidence, unknown, now).await }))
            .await
    }

    async fn standing_windows(&self) -> Result<Vec<Window>> {
        windows(&sqlx::query(STANDING).bind(MOST_STANDING).fetch_all(&self.readers).await.or_fail()?)
    }

    async fn window(&self, id: WindowId) -> Result<Option<Window>> {
        let row = sqlx::query(ONE).bind(id.to_string()).fetch_optional(&self.readers).await.or_fail()?;
        row.as_ref().map(record::window).transpose()
    }

    async fn windows(&self, state: Option<WindowState>, page: Page) -> Result<Vec<Window>> {
        let (time, id) = key(&page, None);
        let find = sqlx::query(ALL).bind(time).bind(id).bind(state.map(WindowState::as_str)).bind(page.limit);
        windows(&find.fetch_all(&self.readers).await.or_fail()?)
    }

    async fn windows_of_versions(&self, first: i64, last: i64) -> Result<Vec<Window>> {
        windows(&sqlx::query(OF_VERSIONS).bind(first).bind(last).fetch_all(&self.readers).await.or_fail()?)
    }
}

#[async_trait]
impl WindowLedger for Ledger {
    async fn standing(&mut self) -> Result<Vec<Window>> {
        windows(&sqlx::query(STANDING).bind(MOST_STANDING).fetch_all(self.connection()).await.or_fail()?)
    }

    async fn find_window(&mut self, id: WindowId) -> Result<Option<Window>> {
        let row = sqlx::query(ONE).bind(id.to_string()).fetch_optional(self.connection()).await.or_fail()?;
        row.as_ref().map(record::window).transpose()
    }

    async fn add_window(&mut self, window: &Window) -> Result<()> {
        let insert = sqlx::query(ADD)
            .bind(window.id.to_string())
            .bind(micros(window.starts_at))
            .bind(micros(window.ends_at))
            .bind(&window.message)
            .bind(i64::from(window.auto_off))
            .bind(window.state.as_str())
            .bind(micros(window.created_at))
            .bind(&window.created_by);
        insert.execute(self.connection()).await.or_fail().map(drop)
    }

    async fn move_window(&mut self, window: &Window) -> Result<()> {
        let update = sqlx::query(MOVE)
            .bind(window.id.to_string())
            .bind(window.state.as_str())
            .bind(window.opened_at.map(micros))
            .bind(window.opened_version)
            .bind(window.begun_at.map(micros))
            .bind(window.ended_at.map(micros))
            .bind(&window.ended_by)
            .bind(window.ended_version);
        update.execute(self.connection()).await.or_fail().map(drop)
    }

    async fn end_open_windows(&mut self, version: i64, by: &str, now: Timestamp) -> Result<Vec<Window>> {
        let update = sqlx::query(END_OPEN).bind(micros(now)).bind(by).bind(version);
        windows(&update.fetch_all(self.connection()).await.or_fail()?)
    }
}
