//! The mode, its history and its followers.

use super::ledger_mode::{HIGHEST, MODE};
use super::row::{Columns, micros};
use super::{Failing, SqliteStore};
use crate::domain::mode::{Change, HistoryEntry, Mode};
use crate::policy::rules::Rules;
use crate::store::change;
use crate::store::drain::{self, Drain, Progress};
use crate::store::error::Result;
use crate::store::mode::{Author, Changed, ModeStore, Node};
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Notify;

/// The changes after a version, and the one before the first of them.
const AFTER: &str =
    "SELECT version, state, message, since_at, until_at, changed_at, changed_by, how, drained_at FROM mode_change
    WHERE version >= coalesce((SELECT max(version) FROM mode_change WHERE version <= $1), 0) ORDER BY version LIMIT $2";

/// The mode, and what the history says of its version.
const PROGRESS: &str = "SELECT m.state, m.version, m.message, m.since_at, m.until_at, c.drained_at
   FROM mode m LEFT JOIN mode_change c ON c.version = m.version WHERE m.id = 1";

#[async_trait]
impl ModeStore for SqliteStore {
    async fn mode(&self) -> Result<Mode> {
        // A reader of a file that was replaced would go on finding the old one's mode.
        self.place.check()?;
        let before = self.known.highest();
        let row = sqlx::query(MODE).fetch_one(&self.readers).await.or_fail()?;
        self.known.believe(record::mode(&row)?, before)
    }

    async fn progress(&self) -> Result<Progress> {
        self.place.check()?;
        let before = self.known.highest();
        let row = sqlx::query(PROGRESS).fetch_one(&self.readers).await.or_fail()?;
        record::progress(&row, self.known.believe(record::mode(&row)?, before)?)
    }

    fn known_version(&self) -> i64 {
        self.known.highest()
    }

    async fn recall(&self) -> Result<i64> {
        let row = sqlx::query(HIGHEST).fetch_one(&self.readers).await.or_fail()?;
        self.known.note(row.number("version")?);
        Ok(self.known.highest())
    }

    /// SQLite tells nobody: other processes' changes are found by looking.
    async fn listen(&self, _: Arc<Notify>) {
        std::future::pending().await
    }

    async fn change_mode(
        &self,
        change: Change,
        expected: Option<i64>,
        author: Author,
        now: Timestamp,
    ) -> Result<Changed> {
        let unknown = self.unknown_kind;
        let changed = self
            .writer
            .write(0, move |ledger| {
                let (change, author) = (change.clone(), author.clone());
                Box::pin(async move { change::change_mode(ledger, &change, expected, &author, unknown, now).await })
            })
            .await?;
        // Only now: what was not committed was not seen.
        self.known.note(changed.mode().version);
        Ok(changed)
    }

    async fn drain(&self, rules: Arc<Rules>, now: Timestamp) -> Result<Drain> {
        self.writer
            .write(0, move |ledger| {
                let rules = Arc::clone(&rules);
                Box::pin(async move { drain::drain(ledger, &rules, now).await })
            })
            .await
    }

    async fn history(&self, limit: i64) -> Result<Vec<HistoryEntry>> {
        let rows = sqlx::query(
            "SELECT version, state, message, since_at, until_at, changed_at, changed_by, how, drained_at
               FROM mode_change ORDER BY version DESC LIMIT $1",
        )
        .bind(limit.saturating_add(1))
        .fetch_all(&self.readers)
        .await
        .or_fail()?;
        record::history(&rows, limit)
    }

    async fn changes_after(&self, version: i64, limit: i64) -> Result<Vec<HistoryEntry>> {
        let find = sqlx::query(AFTER).bind(version).bind(limit.saturating_add(1));
        let rows = find.fetch_all(&self.readers).await.or_fail()?;
        record::changes(&rows, version)
    }

    async fn probe_write(&self, now: Timestamp) -> Result<()> {
        self.writer
            .write(0, move |ledger| {
                let write = sqlx::query("UPDATE probe SET written_at = $1 WHERE id = 1").bind(micros(now));
                Box::pin(async move { write.execute(ledger.connection()).await.or_fail().map(drop) })
            })
            .await
    }

    async fn see(&self, node: Node) -> Result<()> {
        self.writer
            .write(0, move |ledger| {
                let node = node.clone();
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO node (id, name, version, mode, seen_at, report) VALUES ($1, $2, $3, $4, $5, $6)
                         ON CONFLICT (id) DO UPDATE SET version = excluded.version, mode = excluded.mode, seen_at = excluded.seen_at,
                            report = excluded.report",
                    )
                    .bind(node.id.to_string())
                    .bind(&node.name)
                    .bind(node.version)
                    .bind(node.mode.as_str())
                    .bind(micros(node.seen_at))
                    .bind(record::report(&node.report)?)
                    .execute(ledger.connection())
                    .await
                    .or_fail()
                    .map(drop)
                })
            })
            .await
    }

    async fn nodes(&self, since: Timestamp) -> Result<Vec<Node>> {
        let rows = sqlx::query(
            "SELECT id, name, version, mode, seen_at, report FROM node WHERE seen_at >= $1 ORDER BY name, id",
        )
        .bind(micros(since))
        .fetch_all(&self.readers)
        .await
        .or_fail()?;
        rows.iter().map(record::node).collect()
    }
}
