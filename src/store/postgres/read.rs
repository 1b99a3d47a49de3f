//! Reading, and single statements that need no fence: each on a connection of its own, within a
//! bounded time.

use super::{PostgresStore, Query, failed};
use crate::store::error::{Result, StoreError};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use std::future::Future;
use std::time::Duration;

/// How long one statement may take before the database counts as gone.
const PATIENCE: Duration = Duration::from_secs(30);

impl PostgresStore {
    /// The rows of a statement.
    pub(super) async fn rows(&self, query: Query<'_>) -> Result<Vec<PgRow>> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let rows = bounded(query.fetch_all(&mut *connection)).await;
        settled(rows, connection)
    }

    /// The first row of a statement, if any.
    pub(super) async fn row(&self, query: Query<'_>) -> Result<Option<PgRow>> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let row = bounded(query.fetch_optional(&mut *connection)).await;
        settled(row, connection)
    }

    /// The row of a statement that always has one.
    pub(super) async fn one(&self, query: Query<'_>) -> Result<PgRow> {
        self.row(query)
            .await?
            .ok_or_else(|| StoreError::Corrupt("a statement found nothing where it always does".into()))
    }

    /// Runs a statement on its own: how many rows it changed.
    pub(super) async fn execute(&self, query: Query<'_>) -> Result<u64> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let done = bounded(query.execute(&mut *connection)).await;
        settled(done, connection).map(|done| done.rows_affected())
    }
}

type Answer<T> = std::result::Result<T, sqlx::Error>;

async fn bounded<T>(answer: impl Future<Output = Answer<T>>) -> Option<Answer<T>> {
    tokio::time::timeout(PATIENCE, answer).await.ok()
}

/// A connection that did not answer is closed: giving it back would wait for the answer.
fn settled<T>(answer: Option<Answer<T>>, mut connection: PoolConnection<Postgres>) -> Result<T> {
    match answer {
        Some(answer) => answer.map_err(failed),
        None => {
            connection.close_on_drop();
            Err(StoreError::Unreachable(format!("no answer within {PATIENCE:?}")))
        }
    }
}
