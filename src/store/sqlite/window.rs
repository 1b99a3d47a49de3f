//! Reading the windows: SQL.

use super::SqliteStore;
use super::ledger::{ONE, STANDING, windows};
use crate::domain::id::WindowId;
use crate::domain::mode::Version;
use crate::domain::window::{Window, WindowState};
use crate::store::desk::Page;
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::key;
use crate::store::select::window_columns;
use crate::store::window::{MAX_STANDING, WindowRows};
use async_trait::async_trait;

const ALL: &str = concat!(
    "SELECT ",
    window_columns!(),
    "
   FROM maintenance_window WHERE (starts_at, id) < ($1, $2) AND ($3 IS NULL OR state = $3)
  ORDER BY starts_at DESC, id DESC LIMIT $4"
);

const OF_VERSIONS: &str =
    concat!("SELECT ", window_columns!(), "
   FROM maintenance_window WHERE opened_version BETWEEN $1 AND $2 OR ended_version BETWEEN $1 AND $2 ORDER BY starts_at, id");

#[async_trait]
impl WindowRows for SqliteStore {
    async fn standing_windows(&self) -> Result<Vec<Window>> {
        windows(&self.rows(sqlx::query(STANDING).bind(MAX_STANDING)).await?)
    }

    async fn window(&self, id: WindowId) -> Result<Option<Window>> {
        self.row(sqlx::query(ONE).bind(id.to_string())).await?.as_ref().map(record::window).transpose()
    }

    async fn windows(&self, state: Option<WindowState>, page: Page) -> Result<Vec<Window>> {
        let (time, id) = key(&page, None);
        let find = sqlx::query(ALL).bind(time).bind(id).bind(state.map(WindowState::as_str)).bind(page.limit);
        windows(&self.rows(find).await?)
    }

    async fn windows_of_versions(&self, first: Version, last: Version) -> Result<Vec<Window>> {
        windows(&self.rows(sqlx::query(OF_VERSIONS).bind(first.0).bind(last.0)).await?)
    }
}
