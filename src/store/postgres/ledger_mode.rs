//! The mode inside a transaction: SQL.

use super::fence::refuse_standby;
use super::ledger::Ledger;
use super::row::{Columns, clean, clean_or_null, column, micros, words};
use crate::domain::id::TokenId;
use crate::domain::mode::{HistoryEntry, Mode};
use crate::domain::notification::{AttemptOutcome, Class};
use crate::policy::outbound::keeps_body_when_suppressed;
use crate::store::error::{Result, StoreError};
use crate::store::ledger::{AttemptRow, ModeLedger};
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;

/// Reads the mode row; the same statement serves readers outside a transaction.
pub(super) const MODE: &str = "SELECT state, version, message, since_at, until_at, pg_is_in_recovery()::int::bigint AS standby FROM mode WHERE id = 1";

/// The highest version anybody has seen: whoever wrote the mode or its history, or said so as a process that follows it.
pub(super) const HIGHEST: &str = "SELECT coalesce(max(version), 0) AS version FROM (
    SELECT version FROM mode UNION ALL SELECT max(version) FROM mode_change UNION ALL SELECT max(version) FROM node
) AS seen";

/// The mode as [`MODE`] found it; what a standby says does not count.
pub(super) fn found_mode(row: Option<&PgRow>) -> Result<Mode> {
    let row = row.ok_or_else(|| StoreError::Corrupt("no mode".into()))?;
    refuse_standby(row.number("standby")?)?;
    record::mode(row)
}

/// Two statements for the two states, so that each is led by its own index and is judged again on a row that just changed.
const SUPPRESS: [&str; 2] = [
    "UPDATE delivery SET state = 'suppressed', reason = 'maintenance', mode_version = $1, suppressed_at = $2,
            ended_at = $2, next_at = NULL, lease = NULL, lease_until = NULL
      WHERE state = 'queued' AND class = ANY($3) AND dot_at IS NULL AND maybe_sent = 0
     RETURNING notification_id, class",
    "UPDATE delivery SET state = 'suppressed', reason = 'maintenance', mode_version = $1, suppressed_at = $2,
            ended_at = $2, next_at = NULL, lease = NULL, lease_until = NULL
      WHERE state = 'sending' AND class = ANY($3) AND dot_at IS NULL AND maybe_sent = 0
     RETURNING notification_id, class",
];

const WITHDRAW: &str =
    "UPDATE delivery SET state = 'queued', next_at = least($2, enqueued_at), lease = NULL, lease_until = NULL,
        attempts = attempts - 1
  WHERE state = 'sending' AND class = ANY($1) AND dot_at IS NULL";

/// Two statements for the two states, so that each is led by its own index.
const STOP_RETRY_TIME: [&str; 2] = [
    "UPDATE delivery SET retry_left = expires_at - $2, expires_at = coalesce(not_after, $3)
      WHERE state = 'queued' AND class = ANY($1) AND retry_left IS NULL",
    "UPDATE delivery SET retry_left = expires_at - $2, expires_at = coalesce(not_after, $3)
      WHERE state = 'sending' AND class = ANY($1) AND retry_left IS NULL",
];

const RESUME_RETRY_TIME: &str =
    "UPDATE delivery SET expires_at = least(coalesce(not_after, $2), $1 + retry_left), retry_left = NULL
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
        found_mode(self.row(sqlx::query(MODE)).await?.as_ref())
    }

    async fn highest_version(&mut self) -> Result<i64> {
        let row = self.row(sqlx::query(HIGHEST)).await?;
        Ok(row.map_or(Ok(0), |row| row.number("version"))?.max(self.known.highest()))
    }

    async fn write_mode(&mut self, entry: &HistoryEntry) -> Result<()> {
        let mode = &entry.mode;
        let update = sqlx::query(
            "UPDATE mode SET state = $1, version = $2, message = $3, since_at = $4, until_at = $5 WHERE id = 1",
        );
        self.execute(
            update
                .bind(mode.state.as_str())
                .bind(mode.version)
                .bind(clean_or_null(mode.message.as_ref()))
                .bind(micros(mode.since))
                .bind(mode.until.map(micros)),
        )
        .await?;
        append_history(self, entry).await?;
        // Heard only after the commit, and only by who listens then: a hint, never a source.
        let notify = sqlx::query("SELECT pg_notify('postern_mode', $1)");
        self.row(notify.bind(mode.version.to_string())).await?;
        self.mode = Some(mode.clone());
        Ok(())
    }

    async fn suppress(&mut self, classes: &[Class], version: i64, now: Timestamp) -> Result<u64> {
        // A delivery past its dot may be with the relay already: it is not suppressed, it settles or stays queued. Rows that
        // another script is renewing or settling are waited for, not skipped: the change must not miss one.
        let (mut number, mut wiped) = (0, BTreeSet::new());
        for statement in SUPPRESS {
            let suppress = sqlx::query(statement).bind(version).bind(micros(now)).bind(words(classes, Class::as_str));
            let rows = self.rows(suppress).await?;
            for row in &rows {
                if !keeps_body_when_suppressed(row.word("class", Class::parse)?) {
                    wiped.insert(row.id("notification_id")?);
                }
            }
            number += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        }
        super::ledger_notification::wipe_all(self, wiped).await?;
        Ok(number)
    }

    async fn withdraw(&mut self, classes: &[Class], now: Timestamp) -> Result<u64> {
        self.execute(sqlx::query(WITHDRAW).bind(words(classes, Class::as_str)).bind(micros(now))).await
    }

    async fn stop_retry_time(&mut self, classes: &[Class], now: Timestamp) -> Result<()> {
        for statement in STOP_RETRY_TIME {
            let stop = sqlx::query(statement)
                .bind(words(classes, Class::as_str))
                .bind(micros(now))
                .bind(micros(Timestamp::MAX));
            self.execute(stop).await?;
        }
        Ok(())
    }

    async fn resume_retry_time(&mut self, now: Timestamp) -> Result<()> {
        let resume = sqlx::query(RESUME_RETRY_TIME).bind(micros(now)).bind(micros(Timestamp::MAX));
        self.execute(resume).await.map(drop)
    }

    async fn release_held(&mut self, now: Timestamp) -> Result<u64> {
        // The first condition is the partial index's own.
        let update = sqlx::query(
            "UPDATE recipient SET state = 'waiting', next_at = least($1, received_at)
              WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'held'",
        );
        self.execute(update.bind(micros(now))).await
    }

    async fn add_attempt(&mut self, attempt: AttemptRow) -> Result<()> {
        self.attempts.push(attempt);
        Ok(())
    }
}

impl Ledger {
    /// Writes the attempts gathered so far, all in one statement.
    pub(super) async fn write_attempts(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.attempts);
        if rows.is_empty() {
            return Ok(());
        }
        let insert = sqlx::query(
            "INSERT INTO attempt (item_id, number, started_at, ended_at, outcome, reply)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
             ON CONFLICT (item_id, number) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, reply = excluded.reply",
        );
        let insert = insert
            .bind(column(&rows, |row| row.item_id.to_string()))
            .bind(column(&rows, |row| i64::from(row.number)))
            .bind(column(&rows, |row| micros(row.started_at)))
            .bind(column(&rows, |row| micros(row.ended_at)))
            .bind(column(&rows, |row| row.outcome.as_str()))
            .bind(column(&rows, |row| clean(&row.reply)));
        self.execute(insert).await.map(drop)
    }
}

/// Appends a line to the history.
async fn append_history(ledger: &mut Ledger, entry: &HistoryEntry) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO mode_change (version, state, message, since_at, until_at, changed_at, changed_by, how)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    ledger
        .execute(
            insert
                .bind(entry.mode.version)
                .bind(entry.mode.state.as_str())
                .bind(clean_or_null(entry.mode.message.as_ref()))
                .bind(micros(entry.mode.since))
                .bind(entry.mode.until.map(micros))
                .bind(micros(entry.changed_at))
                .bind(clean(&entry.changed_by))
                .bind(entry.how.as_str()),
        )
        .await
        .map(drop)
}

/// Records that the worker of a lapsed lease never said what came of it.
pub(super) async fn add_lapsed_attempt(ledger: &mut Ledger, row: &PgRow, now: Timestamp) -> Result<()> {
    let attempt = AttemptRow {
        item_id: row.id("id")?,
        number: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
        started_at: row.time_or_null("started_at")?.unwrap_or(now),
        ended_at: now,
        outcome: AttemptOutcome::Unknown,
        reply: "the process that worked on it stopped before it could say what came of it".into(),
    };
    ledger.add_attempt(attempt).await
}

/// An id or nothing, as bound: tokens of the console are the empty text, since NULL is never equal in a key.
pub(super) fn token_text(token: Option<TokenId>) -> String {
    token.map(|id| id.to_string()).unwrap_or_default()
}
