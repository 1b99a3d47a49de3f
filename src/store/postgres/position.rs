//! The end of the write-ahead log, and whether commits wait for a standby.

use super::PostgresStore;
use super::row::Columns;
use crate::store::error::Result;
use crate::store::position::{Position, PositionStore};
use async_trait::async_trait;

#[async_trait]
impl PositionStore for PostgresStore {
    async fn position(&self) -> Result<Option<Position>> {
        let row = self
            .one(sqlx::query(
                "SELECT pg_current_wal_lsn()::text AS lsn,
                        (current_setting('synchronous_standby_names') <> ''
                         AND current_setting('synchronous_commit') NOT IN ('off', 'local'))::int::bigint AS waits",
            ))
            .await?;
        Ok(Some(Position { lsn: row.text("lsn")?, waits_for_standby: row.number("waits")? == 1 }))
    }
}
