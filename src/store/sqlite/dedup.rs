//! Forgetting what duplicates are recognised by: SQL.

use super::SqliteStore;
use super::row::micros;
use crate::store::dedup::{DedupStore, Forgotten};
use crate::store::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

const ANSWERS: &str = "DELETE FROM answer WHERE rowid IN (
    SELECT rowid FROM answer WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
const CONTENTS: &str = "UPDATE recipient SET content_hash = NULL WHERE id IN (
    SELECT id FROM recipient WHERE content_hash IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2)";

#[async_trait]
impl DedupStore for SqliteStore {
    async fn forget(&self, before: Timestamp, limit: i64) -> Result<Forgotten> {
        self.writer
            .write(move |ledger| {
                Box::pin(async move {
                    let mut forgotten = [0; 2];
                    for (statement, count) in [ANSWERS, CONTENTS].into_iter().zip(&mut forgotten) {
                        let forget = sqlx::query(statement).bind(micros(before)).bind(limit);
                        *count = ledger.execute(forget).await?;
                    }
                    let [answers, contents] = forgotten;
                    Ok(Forgotten { answers, contents })
                })
            })
            .await
    }
}
