//! The mode inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::NotificationId;
use crate::domain::mode::{HistoryEntry, Mode, Version};
use crate::domain::notification::Class;
use crate::store::error::Result;
use crate::store::postgres::fence::refuse_standby;
use crate::store::postgres::row::{clean, clean_or_null, words};
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::script::ledger::ModeLedger;
use crate::store::script::row::OverRow;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;

/// Reads the mode row; the same statement serves readers outside a transaction.
pub(in crate::store::postgres) const MODE: &str = "SELECT state, version, message, since_at, until_at, pg_is_in_recovery()::int::bigint AS standby FROM mode WHERE id = 1";

/// The highest version on record: in the mode, in its history, or reported by a process that
/// follows it.
pub(in crate::store::postgres) const HIGHEST: &str = "SELECT coalesce(max(version), 0) AS version FROM (
    SELECT version FROM mode UNION ALL SELECT max(version) FROM mode_change UNION ALL SELECT max(version) FROM node
) AS seen";

/// The mode as [`MODE`] found it; what a standby says does not count.
pub(in crate::store::postgres) fn found_mode(row: &PgRow) -> Result<Mode> {
    refuse_standby(row.number("standby")?)?;
    record::mode(row)
}

/// Two statements for the two states, so that each is led by its own index and is judged again on a
/// row that just changed.
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
        found_mode(&self.one(sqlx::query(MODE)).await?)
    }

    async fn highest_version(&mut self) -> Result<Version> {
        let row = self.one(sqlx::query(HIGHEST)).await?;
        Ok(row.version("version")?.max(self.known.highest()))
    }

    async fn write_mode(&mut self, entry: &HistoryEntry) -> Result<()> {
        let mode = &entry.mode;
        let update = sqlx::query(
            "UPDATE mode SET state = $1, version = $2, message = $3, since_at = $4, until_at = $5 WHERE id = 1",
        );
        self.execute(
            update
                .bind(mode.state.as_str())
                .bind(mode.version.0)
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

    async fn suppress(&mut self, classes: &[Class], version: Version, now: Timestamp) -> Result<Vec<OverRow>> {
        // A delivery past its dot may be with the relay already: it is not suppressed, it settles
        // or stays queued. Rows that another script is renewing or settling are waited for, not
        // skipped: the change must not miss one.
        let mut over = Vec::new();
        for statement in SUPPRESS {
            let suppress = sqlx::query(statement).bind(version.0).bind(micros(now)).bind(words(classes, Class::as_str));
            for row in &self.rows(suppress).await? {
                over.push(record::over(row)?);
            }
        }
        Ok(over)
    }

    async fn withdraw(&mut self, classes: &[Class], now: Timestamp) -> Result<u64> {
        self.execute(sqlx::query(WITHDRAW).bind(words(classes, Class::as_str)).bind(micros(now))).await
    }

    async fn stop_retry_time(&mut self, classes: &[Class], now: Timestamp) -> Result<()> {
        for statement in STOP_RETRY_TIME {
            let stop = sqlx::query(statement).bind(words(classes, Class::as_str));
            self.execute(stop.bind(micros(now)).bind(micros(Timestamp::MAX))).await?;
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

    fn wipe(&mut self, notifications: BTreeSet<NotificationId>) {
        self.wipes.extend(notifications);
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
                .bind(entry.mode.version.0)
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
