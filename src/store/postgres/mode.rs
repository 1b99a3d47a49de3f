//! The mode, its history and its followers.

use super::PostgresStore;
use super::fence::Fence;
use super::ledger_mode::{MODE, found_mode};
use super::row::{Columns, clean, micros};
use crate::domain::mode::{Change, HistoryEntry, How, Mode};
use crate::policy::rules::Rules;
use crate::store::change;
use crate::store::drain::{self, Drain};
use crate::store::error::Result;
use crate::store::mode::{Author, Changed, ModeStore, Node};
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use std::sync::Arc;

#[async_trait]
impl ModeStore for PostgresStore {
    async fn mode(&self) -> Result<Mode> {
        found_mode(self.row(sqlx::query(MODE)).await?)
    }

    async fn change_mode(
        &self,
        change: Change,
        expected: Option<i64>,
        author: Author,
        now: Timestamp,
    ) -> Result<Changed> {
        self.write(Fence::Alone, move |ledger| {
            let (change, author) = (change.clone(), author.clone());
            Box::pin(async move { change::change_mode(ledger, &change, expected, &author, now).await })
        })
        .await
    }

    async fn drain(&self, rules: Arc<Rules>, now: Timestamp) -> Result<Drain> {
        self.write(Fence::Shared, move |ledger| {
            let rules = Arc::clone(&rules);
            Box::pin(async move { drain::drain(ledger, &rules, now).await })
        })
        .await
    }

    async fn history(&self, limit: i64) -> Result<Vec<HistoryEntry>> {
        let find = sqlx::query(
            "SELECT version, state, message, since_at, until_at, changed_at, changed_by, how, drained_at
               FROM mode_change ORDER BY version DESC LIMIT $1",
        );
        let rows = self.rows(find.bind(limit.saturating_add(1))).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let before = rows.get(place + 1).map(record::mode).transpose()?;
            entries.push(HistoryEntry {
                mode: record::mode(row)?,
                before,
                changed_at: row.time("changed_at")?,
                changed_by: row.text("changed_by")?,
                how: row.word("how", How::parse)?,
                drained_at: row.time_or_null("drained_at")?,
            });
        }
        entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(entries)
    }

    async fn see(&self, node: Node) -> Result<()> {
        let insert = sqlx::query(
            "INSERT INTO node (id, name, version, seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at",
        )
        .bind(node.id.to_string())
        .bind(clean(&node.name))
        .bind(node.version)
        .bind(micros(node.seen_at));
        self.execute(insert).await.map(drop)
    }

    async fn nodes(&self, since: Timestamp) -> Result<Vec<Node>> {
        let find = sqlx::query("SELECT id, name, version, seen_at FROM node WHERE seen_at >= $1 ORDER BY name, id");
        let read = |row: &PgRow| {
            Ok(Node {
                id: row.id("id")?,
                name: row.text("name")?,
                version: row.number("version")?,
                seen_at: row.time("seen_at")?,
            })
        };
        self.rows(find.bind(micros(since))).await?.iter().map(read).collect()
    }
}
