//! What an operator does to what is queued, inside a transaction: SQL. Each is a guarded statement
//! that says which rows it changed.

use super::Ledger;
use crate::domain::id::ItemId;
use crate::domain::notification::Class;
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::script::ledger::ActLedger;
use crate::store::script::row::{Asked, OverRow};
use crate::store::sqlite::Query;
use crate::store::sqlite::row::json_words;
use async_trait::async_trait;
use jiff::Timestamp;

/// A refused delivery whose time has run out gets another day when an operator asks for it,
/// whatever the application asked; one that is due already keeps its place. Recipients come back in
/// the order of their arrival.
const RETRY_DELIVERIES: &str =
    "UPDATE delivery SET state = 'queued', next_at = min(coalesce(next_at, $2), $2), ended_at = NULL, dot_at = NULL,
        not_after = CASE WHEN state = 'failed' THEN NULL ELSE not_after END,
        retry_left = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($4))
            THEN max(coalesce(retry_left, expires_at - $2), 86400000000) ELSE retry_left END,
        expires_at = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($4)) THEN $5
            WHEN state = 'failed' THEN max(expires_at, $2 + 86400000000) ELSE expires_at END
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'failed') AND ($3 IS NULL OR state = $3)
    AND EXISTS (SELECT 1 FROM notification WHERE id = notification_id AND raw IS NOT NULL)
  RETURNING id";
const RETRY_RECIPIENTS: &str = "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at)
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('waiting', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id";
const CANCEL_DELIVERIES: &str = "UPDATE delivery SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id, notification_id, class";
const CANCEL_RECIPIENTS: &str = "UPDATE recipient SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('waiting', 'held', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id";
const RELEASE_RECIPIENTS: &str = "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at)
  WHERE id IN (SELECT value FROM json_each($1)) AND state = 'held' AND ($3 IS NULL OR state = $3)
  RETURNING id";

#[async_trait]
impl ActLedger for Ledger {
    async fn retry(&mut self, asked: &Asked, waiting: &[Class]) -> Result<Vec<ItemId>> {
        let deliveries =
            about(RETRY_DELIVERIES, asked).bind(json_words(waiting, Class::as_str)).bind(micros(Timestamp::MAX));
        let mut changed = changed(self, deliveries).await?;
        changed.extend(self::changed(self, about(RETRY_RECIPIENTS, asked)).await?);
        Ok(changed)
    }

    async fn cancel_deliveries(&mut self, asked: &Asked) -> Result<Vec<(ItemId, OverRow)>> {
        let rows = self.rows(about(CANCEL_DELIVERIES, asked)).await?;
        rows.iter().map(|row| Ok((row.id("id")?, record::over(row)?))).collect()
    }

    async fn cancel_recipients(&mut self, asked: &Asked) -> Result<Vec<ItemId>> {
        changed(self, about(CANCEL_RECIPIENTS, asked)).await
    }

    async fn release_recipients(&mut self, asked: &Asked) -> Result<Vec<ItemId>> {
        changed(self, about(RELEASE_RECIPIENTS, asked)).await
    }
}

/// A statement about what is asked for.
fn about(statement: &'static str, asked: &Asked) -> Query<'static> {
    sqlx::query(statement).bind(serde_json::json!(asked.ids).to_string()).bind(micros(asked.now)).bind(asked.state)
}

/// Runs a statement: which rows it changed.
async fn changed(ledger: &mut Ledger, query: Query<'_>) -> Result<Vec<ItemId>> {
    ledger.rows(query).await?.iter().map(|row| row.id("id")).collect()
}
