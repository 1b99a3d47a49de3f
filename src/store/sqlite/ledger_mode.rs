//! The mode inside a transaction: SQL.

use super::Failing;
use super::ledger::Ledger;
use super::row::{Columns, json_words, micros};
use crate::domain::id::TokenId;
use crate::domain::mode::{HistoryEntry, Mode};
use crate::domain::notification::Class;
use crate::policy::outbound::keeps_body_when_suppressed;
use crate::store::error::Result;
use crate::store::ledger::{AttemptRow, ModeLedger};
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;

/// Reads the mode row; the same statement serves readers outside a transaction.
pub(super) const MODE: &str = "SELECT state, version, message, since_at, until_at FROM mode WHERE id = 1";

/// The highest version anybody has seen: whoever wrote the mode or its history, or said so as a process that follows it.
pub(super) const HIGHEST: &str = "SELECT coalesce(max(version), 0) AS version FROM (
    SELECT version FROM mode UNION ALL SELECT max(version) FROM mode_change UNION ALL SELECT max(version) FROM node
) AS seen";

/// Two statements for the two states, so that each is led by its own index and is judged again on a row that just changed.
const SUPPRESS: [&str; 2] = [
    "UPDATE delivery SET state = 'suppressed', reason = 'maintenance', mode_version = $1, suppressed_at = $2,
            ended_at = $2, next_at = NULL, lease = NULL, lease_until = NULL
      WHERE state = 'queued' AND class IN (SELECT value FROM json_each($3)) AND dot_at IS NULL AND maybe_sent = 0
     RETURNING notification_id, class",
    "UPDATE delivery SET state = 'suppressed', reason = 'maintenance', mode_version = $1, suppressed_at = $2,
            ended_at = $2, next_at = NULL, lease = NULL, lease_until = NULL
      WHERE state = 'sending' AND class IN (SELECT value FROM json_each($3)) AND dot_at IS NULL AND maybe_sent = 0
     RETURNING notification_id, class",
];

const WITHDRAW: &str =
    "UPDATE delivery SET state = 'queued', next_at = min($2, enqueued_at), lease = NULL, lease_until = NULL,
        attempts = attempts - 1
  WHERE state = 'sending' AND class IN (SELECT value FROM json_each($1)) AND dot_at IS NULL";

/// Two statements for the two states, so that each is led by its own index.
const STOP_RETRY_TIME: [&str; 2] = [
    "UPDATE delivery SET retry_left = expires_at - $2, expires_at = coalesce(not_after, $3)
      WHERE state = 'queued' AND class IN (SELECT value FROM json_each($1)) AND retry_left IS NULL",
    "UPDATE delivery SET retry_left = expires_at - $2, expires_at = coalesce(not_after, $3)
      WHERE state = 'sending' AND class IN (SELECT value FROM json_each($1)) AND retry_left IS NULL",
];

const RESUME_RETRY_TIME: &str =
    "UPDATE delivery SET expires_at = min(coalesce(not_after, $2), $1 + retry_left), retry_left = NULL
      WHERE retry_left IS NOT NULL";

#[async_trait]
impl ModeLedger for Ledger {
    async fn mode(&mut self) -> Result<Mode> {
        if let Some(mode) = &self.mode {
            return Ok(mode.clone());
        }
        let before = self.known.highest();
        let stored = self.stored_mode().await?;
        let mode = self.known.believe(stored, before)?;
        self.mode = Some(mode.clone());
        Ok(mode)
    }

    async fn stored_mode(&mut self) -> Result<Mode> {
        let row = sqlx::query(MODE).fetch_one(self.connection()).await.or_fail()?;
        record::mode(&row)
    }

    async fn highest_version(&mut self) -> Result<i64> {
        let row = sqlx::query(HIGHEST).fetch_one(self.connection()).await.or_fail()?;
        Ok(row.number("version")?.max(self.known.highest()))
    }

    async fn write_mode(&mut self, entry: &HistoryEntry) -> Result<()> {
        let mode = &entry.mode;
        sqlx::query(
            "UPDATE mode SET state = $1, version = $2, message = $3, since_at = $4, until_at = $5 WHERE id = 1",
        )
        .bind(mode.state.as_str())
        .bind(mode.version)
        .bind(&mode.message)
        .bind(micros(mode.since))
        .bind(mode.until.map(micros))
        .execute(self.connection())
        .await
        .or_fail()?;
        append_history(self, entry).await?;
        self.mode = Some(mode.clone());
        Ok(())
    }

    async fn suppress(&mut self, classes: &[Class], version: i64, now: Timestamp) -> Result<u64> {
        // A delivery past its dot may be with the relay already: it is not suppressed, it settles or stays queued.
        let classes = json_words(classes, Class::as_str);
        let mut number = 0;
        for statement in SUPPRESS {
            let suppress = sqlx::query(statement).bind(version).bind(micros(now)).bind(&classes);
            let rows = suppress.fetch_all(self.connection()).await.or_fail()?;
            for row in &rows {
                if !keeps_body_when_suppressed(row.word("class", Class::parse)?) {
                    super::ledger_notification::wipe(self, row.id("notification_id")?).await?;
                }
            }
            number += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        }
        Ok(number)
    }

    async fn withdraw(&mut self, classes: &[Class], now: Timestamp) -> Result<u64> {
        let withdraw = sqlx::query(WITHDRAW).bind(json_words(classes, Class::as_str)).bind(micros(now));
        withdraw.execute(self.connection()).await.or_fail().map(|done| done.rows_affected())
    }

    async fn stop_retry_time(&mut self, classes: &[Class], now: Timestamp) -> Result<()> {
        for statement in STOP_RETRY_TIME {
            let stop = sqlx::query(statement)
                .bind(json_words(classes, Class::as_str))
                .bind(micros(now))
                .bind(micros(Timestamp::MAX));
            stop.execute(self.connection()).await.or_fail()?;
        }
        Ok(())
    }

    async fn resume_retry_time(&mut self, now: Timestamp) -> Result<()> {
        let resume = sqlx::query(RESUME_RETRY_TIME).bind(micros(now)).bind(micros(Timestamp::MAX));
        resume.execute(self.connection()).await.or_fail().map(drop)
    }

    async fn release_held(&mut self, now: Timestamp) -> Result<u64> {
        // The first condition is the partial index's own: without it SQLite reads the whole table, inside the fence.
        sqlx::query(
            "UPDATE recipient SET state = 'waiting', next_at = min($1, received_at)
              WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'held'",
        )
        .bind(micros(now))
        .execute(self.connection())
        .await
        .or_fail()
        .map(|done| done.rows_affected())
    }

    async fn add_attempt(&mut self, attempt: AttemptRow) -> Result<()> {
        self.gathered.attempts.push(attempt);
        Ok(())
    }
}

/// Appends a line to the history.
pub(super) async fn append_history(ledger: &mut Ledger, entry: &HistoryEntry) -> Result<()> {
    sqlx::query(
        "INSERT INTO mode_change (version, state, message, since_at, until_at, changed_at, changed_by, how)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.mode.version)
    .bind(entry.mode.state.as_str())
    .bind(&entry.mode.message)
    .bind(micros(entry.mode.since))
    .bind(entry.mode.until.map(micros))
    .bind(micros(entry.changed_at))
    .bind(&entry.changed_by)
    .bind(entry.how.as_str())
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(drop)
}

/// Records that the worker of a lapsed lease never said what came of it.
pub(super) async fn add_lapsed_attempt(
    ledger: &mut Ledger,
    row: &sqlx::sqlite::SqliteRow,
    now: Timestamp,
) -> Result<()> {
    let attempt = AttemptRow {
        item_id: row.id("id")?,
        number: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
        started_at: row.time_or_null("started_at")?.unwrap_or(now),
        ended_at: now,
        outcome: crate::domain::notification::AttemptOutcome::Unknown,
        reply: "the process that worked on it stopped before it could say what came of it".into(),
    };
    ledger.add_attempt(attempt).await
}

/// An id or nothing, as bound: tokens of the console are the empty text, since NULL is never equal in a key.
pub(super) fn token_text(token: Option<TokenId>) -> String {
    token.map(|id| id.to_string()).unwrap_or_default()
}

/// How many rows a statement changed must be exactly one for it to have counted.
pub(super) fn exactly_one(done: &sqlx::sqlite::SqliteQueryResult) -> bool {
    done.rows_affected() == 1
}
