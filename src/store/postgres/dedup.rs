//! Forgetting what duplicates are recognised by: SQL. Rows that another transaction holds are left
//! for the next time.

use super::PostgresStore;
use super::row::micros;
use crate::store::dedup::{DedupStore, Forgotten};
use crate::store::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

const ANSWERS: &str = "DELETE FROM answer WHERE (token_id, key) IN (
    SELECT token_id, key FROM answer WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
const CONTENTS: &str = "UPDATE recipient SET content_hash = NULL WHERE id IN (
    SELECT id FROM recipient WHERE content_hash IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2
       FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl DedupStore for PostgresStore {
    async fn forget(&self, before: Timestamp, limit: i64) -> Result<Forgotten> {
        let answers = self.execute(sqlx::query(ANSWERS).bind(micros(before)).bind(limit)).await?;
        let contents = self.execute(sqlx::query(CONTENTS).bind(micros(before)).bind(limit)).await?;
        Ok(Forgotten { answers, contents })
    }
}
