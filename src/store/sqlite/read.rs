//! Reading, each statement on one of the connections that only read; and single statements that are
//! no script, by the writer.

use super::{Query, SqliteStore, failed};
use crate::store::error::{Result, StoreError};
use sqlx::sqlite::SqliteRow;

impl SqliteStore {
    /// The rows of a statement.
    pub(super) async fn rows(&self, query: Query<'_>) -> Result<Vec<SqliteRow>> {
        query.fetch_all(&self.readers).await.map_err(failed)
    }

    /// The first row of a statement, if any.
    pub(super) async fn row(&self, query: Query<'_>) -> Result<Option<SqliteRow>> {
        query.fetch_optional(&self.readers).await.map_err(failed)
    }

    /// The row of a statement that always has one.
    pub(super) async fn one(&self, query: Query<'_>) -> Result<SqliteRow> {
        self.row(query)
            .await?
            .ok_or_else(|| StoreError::Corrupt("a statement found nothing where it always does".into()))
    }

    /// Runs a statement on its own: how many rows it changed. It is made anew for each try.
    pub(super) async fn execute(&self, make: impl Fn() -> Query<'static> + Send + Sync + 'static) -> Result<u64> {
        self.writer
            .write(move |ledger| {
                let query = make();
                Box::pin(async move { ledger.execute(query).await })
            })
            .await
    }
}
