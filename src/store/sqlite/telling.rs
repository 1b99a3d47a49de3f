//! What applications were told about the mode: single statements, each guarded by the lease.

use super::row::{Columns, micros};
use super::{Failing, SqliteStore};
use crate::domain::id::Lease;
use crate::store::column::lease_end;
use crate::store::error::Result;
use crate::store::record;
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
    async fn claim_telling(&self, webhook: Webhook, lease: Lease, now: Timestamp) -> Result<Option<i64>> {
        self.writer
            .write(0, move |ledger| {
                Box::pin(async move {
                    let claim = sqlx::query(CLAIM).bind(webhook.to_vec()).bind(lease.to_string());
                    let claim = claim.bind(lease_end(now)).bind(micros(now));
                    let row = claim.fetch_optional(ledger.connection()).await.or_fail()?;
                    row.map(|row| row.number("version")).transpose()
                })
            })
            .await
    }

    async fn settle_telling(&self, webhook: Webhook, lease: Lease, version: i64, now: Timestamp) -> Result<bool> {
        self.writer
            .write(0, move |ledger| {
                Box::pin(async move {
                    let settle = sqlx::query(SETTLE).bind(webhook.to_vec()).bind(lease.to_string());
                    let done = settle.bind(version).bind(micros(now)).execute(ledger.connection()).await.or_fail()?;
                    Ok(done.rows_affected() == 1)
                })
            })
            .await
    }

    async fn fail_telling(&self, webhook: Webhook, lease: Lease, reason: String) -> Result<bool> {
        self.writer
            .write(0, move |ledger| {
                let reason = reason.clone();
                Box::pin(async move {
                    let fail = sqlx::query(FAIL).bind(webhook.to_vec()).bind(lease.to_string()).bind(reason);
                    Ok(fail.execute(ledger.connection()).await.or_fail()?.rows_affected() == 1)
                })
            })
            .await
    }

    async fn release_telling(&self, webhook: Webhook, lease: Lease) -> Result<()> {
        self.writer
            .write(0, move |ledger| {
                Box::pin(async move {
                    let release = sqlx::query(RELEASE).bind(webhook.to_vec()).bind(lease.to_string());
                    release.execute(ledger.connection()).await.or_fail().map(drop)
                })
            })
            .await
    }

    async fn told(&self, webhook: Webhook) -> Result<Option<Told>> {
        let find = sqlx::query("SELECT version, told_at, failures, reason FROM mode_webhook WHERE url_hash = $1");
        let row = find.bind(webhook.to_vec()).fetch_optional(&self.readers).await.or_fail()?;
        row.as_ref().map(record::told).transpose()
    }
}
