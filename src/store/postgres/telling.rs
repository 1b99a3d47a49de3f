//! What applications were told about the mode: single statements, each guarded by the lease.

use super::PostgresStore;
use super::row::{Columns, clean, micros};
use crate::domain::id::Lease;
use crate::domain::mode::Version;
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::lease_end;
use crate::store::telling::{TellingStore, Told, Webhook};
use async_trait::async_trait;
use jiff::Timestamp;

const CLAIM: &str = "INSERT INTO mode_webhook (url_hash, lease, lease_until) VALUES ($1, $2, $3)
    ON CONFLICT (url_hash) DO UPDATE SET lease = excluded.lease, lease_until = excluded.lease_until
     WHERE mode_webhook.lease IS NULL OR mode_webhook.lease = excluded.lease OR mode_webhook.lease_until < $4
    RETURNING version";

#[async_trait]
impl TellingStore for PostgresStore {
    async fn claim_telling(&self, webhook: Webhook, lease: Lease, now: Timestamp) -> Result<Option<Version>> {
        let claim = sqlx::query(CLAIM).bind(webhook).bind(lease.to_string()).bind(lease_end(now)).bind(micros(now));
        self.row(claim).await?.map(|row| row.version("version")).transpose()
    }

    async fn settle_telling(&self, webhook: Webhook, lease: Lease, version: Version, now: Timestamp) -> Result<bool> {
        let update = sqlx::query(
            "UPDATE mode_webhook SET version = $3, told_at = $4, failures = 0, reason = NULL WHERE url_hash = $1 AND lease = $2",
        );
        let update = update.bind(webhook).bind(lease.to_string()).bind(version.0).bind(micros(now));
        self.execute(update).await.map(|rows| rows == 1)
    }

    async fn fail_telling(&self, webhook: Webhook, lease: Lease, reason: String) -> Result<bool> {
        let update = sqlx::query(
            "UPDATE mode_webhook SET failures = failures + 1, reason = $3 WHERE url_hash = $1 AND lease = $2",
        );
        self.execute(update.bind(webhook).bind(lease.to_string()).bind(clean(&reason))).await.map(|rows| rows == 1)
    }

    async fn release_telling(&self, webhook: Webhook, lease: Lease) -> Result<()> {
        let update =
            sqlx::query("UPDATE mode_webhook SET lease = NULL, lease_until = NULL WHERE url_hash = $1 AND lease = $2");
        self.execute(update.bind(webhook).bind(lease.to_string())).await.map(drop)
    }

    async fn told(&self, webhook: Webhook) -> Result<Option<Told>> {
        let find = sqlx::query("SELECT version, told_at, failures, reason FROM mode_webhook WHERE url_hash = $1");
        self.row(find.bind(webhook)).await?.as_ref().map(record::told).transpose()
    }
}
