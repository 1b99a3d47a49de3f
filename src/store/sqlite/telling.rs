//! What applications were told about the mode: single statements, each guarded by the lease.

use super::row::{Columns, micros};
use super::{Query, SqliteStore};
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
const SETTLE: &str = "UPDATE mode_webhook SET version = $3, told_at = $4, failures = 0, reason = NULL WHERE url_hash = $1 AND lease = $2";
const FAIL: &str = "UPDATE mode_webhook SET failures = failures + 1, reason = $3 WHERE url_hash = $1 AND lease = $2";
const RELEASE: &str = "UPDATE mode_webhook SET lease = NULL, lease_until = NULL WHERE url_hash = $1 AND lease = $2";

#[async_trait]
impl TellingStore for SqliteStore {
    async fn claim_telling(&self, webhook: Webhook, lease: Lease, now: Timestamp) -> Result<Option<Version>> {
        self.writer
            .write(move |ledger| {
                Box::pin(async move {
                    let claim = sqlx::query(CLAIM).bind(webhook.to_vec()).bind(lease.to_string());
                    let row = ledger.row(claim.bind(lease_end(now)).bind(micros(now))).await?;
                    row.map(|row| row.version("version")).transpose()
                })
            })
            .await
    }

    async fn settle_telling(&self, webhook: Webhook, lease: Lease, version: Version, now: Timestamp) -> Result<bool> {
        let settle = move || held(SETTLE, webhook, lease).bind(version.0).bind(micros(now));
        self.execute(settle).await.map(|rows| rows == 1)
    }

    async fn fail_telling(&self, webhook: Webhook, lease: Lease, reason: String) -> Result<bool> {
        self.execute(move || held(FAIL, webhook, lease).bind(reason.clone())).await.map(|rows| rows == 1)
    }

    async fn release_telling(&self, webhook: Webhook, lease: Lease) -> Result<()> {
        self.execute(move || held(RELEASE, webhook, lease)).await.map(drop)
    }

    async fn told(&self, webhook: Webhook) -> Result<Option<Told>> {
        let find = sqlx::query("SELECT version, told_at, failures, reason FROM mode_webhook WHERE url_hash = $1");
        self.row(find.bind(webhook.to_vec())).await?.as_ref().map(record::told).transpose()
    }
}

/// A statement about a webhook whose lease is held.
fn held(statement: &'static str, webhook: Webhook, lease: Lease) -> Query<'static> {
    sqlx::query(statement).bind(webhook.to_vec()).bind(lease.to_string())
}
