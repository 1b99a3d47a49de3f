//! Counting what is left of before the maintenance: SQL.

use super::Ledger;
use crate::domain::mail::Intent;
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::drain::Left;
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::script::ledger::DrainLedger;
use crate::store::sqlite::row::json_words;
use async_trait::async_trait;
use jiff::Timestamp;

/// What was accepted before: under a version older than the first since the mode was off last. By
/// versions, never by times: a clock may stand still. What the mode itself lets in is handed over
/// all the time, as ordinary notifications are sent; it is not waited for. The due ones are named
/// by their index: SQLite would rather look for intents, and walk through all mail there ever was.
const LEFT: &str = "WITH entered AS (SELECT min(version) AS version FROM mode_change WHERE version > (
        SELECT max(version) FROM mode_change WHERE state = 'off'))
    SELECT
    (SELECT count(*) FROM recipient WHERE state = 'handing_over'
        AND NOT coalesce(verdict = 'accept' AND mode_version >= (SELECT version FROM entered), false)) AS hand_overs,
    (SELECT count(*) FROM delivery WHERE state = 'sending' AND class IN (SELECT value FROM json_each($1))) AS blocked_deliveries,
    (SELECT count(*) FROM recipient INDEXED BY recipient_due WHERE state = 'waiting' AND intent IN (SELECT value FROM json_each($2))
        AND mode_version < (SELECT version FROM entered)) AS due_hand_overs,
    (SELECT count(*) FROM recipient WHERE state = 'waiting')
      + (SELECT count(*) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'held')
      + (SELECT count(*) FROM delivery WHERE state = 'queued') + (SELECT count(*) FROM delivery WHERE state = 'sending') AS kept";

const MARK: &str =
    "UPDATE mode_change SET drained_at = coalesce(drained_at, $2) WHERE version = $1 RETURNING drained_at";

#[async_trait]
impl DrainLedger for Ledger {
    async fn count_left(&mut self, blocked: &[Class], offered: &[Intent]) -> Result<Left> {
        let count =
            sqlx::query(LEFT).bind(json_words(blocked, Class::as_str)).bind(json_words(offered, Intent::as_str));
        record::left(&self.one(count).await?)
    }

    async fn mark_drained(&mut self, version: Version, now: Timestamp) -> Result<Timestamp> {
        self.one(sqlx::query(MARK).bind(version.0).bind(micros(now))).await?.time("drained_at")
    }
}
