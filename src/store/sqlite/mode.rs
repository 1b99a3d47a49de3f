//! The mode's rows, its history and its followers: SQL.

use super::SqliteStore;
use super::ledger::{HIGHEST, MODE};
use crate::domain::mode::{HistoryEntry, Mode, Version};
use crate::store::drain::Progress;
use crate::store::error::Result;
use crate::store::mode::{ModeRows, Node};
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::select::mode_change_columns;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Notify;

/// The changes after a version, and the one before the first of them.
const AFTER: &str = concat!(
    "SELECT ",
    mode_change_columns!(),
    " FROM mode_change
    WHERE version >= coalesce((SELECT max(version) FROM mode_change WHERE version <= $1), 0) ORDER BY version LIMIT $2"
);

/// The mode, and what the history says of its version.
const PROGRESS: &str = "SELECT m.state, m.version, m.message, m.since_at, m.until_at, c.drained_at
   FROM mode m LEFT JOIN mode_change c ON c.version = m.version WHERE m.id = 1";

#[async_trait]
impl ModeRows for SqliteStore {
    async fn mode(&self) -> Result<Mode> {
        // A reader of a file that was replaced would go on finding the old one's mode.
        self.place.check()?;
        let before = self.known.highest();
        let stored = record::mode(&self.one(sqlx::query(MODE)).await?)?;
        self.known.believe(stored, before)
    }

    async fn progress(&self) -> Result<Progress> {
        self.place.check()?;
        let before = self.known.highest();
        let row = self.one(sqlx::query(PROGRESS)).await?;
        record::progress(&row, self.known.believe(record::mode(&row)?, before)?)
    }

    fn known_version(&self) -> Version {
        self.known.highest()
    }

    async fn recall(&self) -> Result<Version> {
        let row = self.one(sqlx::query(HIGHEST)).await?;
        self.known.note(row.version("version")?);
        Ok(self.known.highest())
    }

    /// SQLite sends no notifications: other processes' changes are found by looking.
    async fn listen(&self, _: Arc<Notify>) {
        std::future::pending().await
    }

    async fn history(&self, limit: i64) -> Result<Vec<HistoryEntry>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            mode_change_columns!(),
            "
               FROM mode_change ORDER BY version DESC LIMIT $1"
        ));
        let rows = self.rows(find.bind(limit.saturating_add(1))).await?;
        record::history(&rows, limit)
    }

    async fn changes_after(&self, version: Version, limit: i64) -> Result<Vec<HistoryEntry>> {
        let rows = self.rows(sqlx::query(AFTER).bind(version.0).bind(limit.saturating_add(1))).await?;
        record::changes(&rows, version)
    }

    async fn probe_write(&self, now: Timestamp) -> Result<()> {
        let write = move || sqlx::query("UPDATE probe SET written_at = $1 WHERE id = 1").bind(micros(now));
        self.execute(write).await.map(drop)
    }

    async fn see(&self, node: Node) -> Result<()> {
        let report = record::report(&node.report)?;
        let insert = move || {
            sqlx::query(
                "INSERT INTO node (id, name, version, mode, seen_at, report) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (id) DO UPDATE SET version = excluded.version, mode = excluded.mode, seen_at = excluded.seen_at,
                    report = excluded.report",
            )
            .bind(node.id.to_string())
            .bind(node.name.clone())
            .bind(node.version.0)
            .bind(node.mode.as_str())
            .bind(micros(node.seen_at))
            .bind(report.clone())
        };
        self.execute(insert).await.map(drop)
    }

    async fn nodes(&self, since: Timestamp) -> Result<Vec<Node>> {
        let find = sqlx::query(
            "SELECT id, name, version, mode, seen_at, report FROM node WHERE seen_at >= $1 ORDER BY name, id",
        );
        self.rows(find.bind(micros(since))).await?.iter().map(record::node).collect()
    }
}
