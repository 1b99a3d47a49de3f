//! Mail going out, inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::{DeliveryId, TokenId, kind};
use crate::domain::notification::{Class, DeliveryState};
use crate::policy::turn::Due;
use crate::store::claim::Held;
use crate::store::error::{Result, StoreError};
use crate::store::notification::{Accepted, AcceptedDelivery, Sending};
use crate::store::postgres::row::{clean, clean_or_null, ids, words};
use crate::store::record;
use crate::store::record::column::{micros, span_micros, token_text};
use crate::store::script::ledger::{LeaseLedger, NotificationLedger};
use crate::store::script::row::{AnswerRow, Batch, NotificationRow, OverRow};
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The locks that stand for idempotency keys; the second number comes from the key.
const KEYS: i32 = 0x6b65_7973;

/// The oldest of each class, locked; what another worker is about to lease is passed over. Class by
/// class, since no index is in order of time over several.
const DUE: &str = "SELECT due.id, due.class, due.next_at, due.size_bytes
       FROM unnest($1::text[]) AS wanted (class) CROSS JOIN LATERAL (
        SELECT id, class, next_at, size_bytes FROM delivery
         WHERE state = 'queued' AND class = wanted.class AND next_at <= $2
         ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due";

const LEASE: &str = "UPDATE delivery SET state = 'sending', next_at = NULL, lease = $1, lease_until = $2, started_at = $3, dot_at = NULL,
            attempts = attempts + 1
      WHERE state = 'queued' AND id = ANY($4)";

#[async_trait]
impl NotificationLedger for Ledger {
    async fn find_answer(
        &mut self,
        token: Option<TokenId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<([u8; 32], Accepted)>> {
        // The same key at the same time must wait here, or both would find nothing and both be
        // kept.
        let lock = sqlx::query("SELECT pg_advisory_xact_lock($1, $2)");
        self.row(lock.bind(KEYS).bind(lock_of(token, key))).await?;
        let find =
            sqlx::query("SELECT fingerprint, answer FROM answer WHERE token_id = $1 AND key = $2 AND created_at >= $3");
        let row = self.row(find.bind(token_text(token)).bind(clean(key)).bind(micros(since))).await?;
        row.map(|row| record::answer(&row)).transpose()
    }

    async fn add_answer(&mut self, row: &AnswerRow) -> Result<()> {
        let answer = serde_json::to_string(&row.answer).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let insert = sqlx::query(
            "INSERT INTO answer (token_id, key, fingerprint, answer, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (token_id, key) DO UPDATE
                SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at",
        )
        .bind(token_text(row.token_id))
        .bind(clean(&row.key.key))
        .bind(row.key.fingerprint.as_slice())
        .bind(clean(&answer))
        .bind(micros(row.at));
        self.execute(insert).await.map(drop)
    }

    async fn add_notification(&mut self, row: &NotificationRow) -> Result<()> {
        let new = &row.new;
        let insert = sqlx::query(
            "INSERT INTO notification (id, token_id, kind, title, class, reference, subject, sender, raw, enqueued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(new.id.to_string())
        .bind(new.token_id.map(|id| id.to_string()))
        .bind(clean(&new.kind))
        .bind(clean(&new.title))
        .bind(new.class.as_str())
        .bind(clean_or_null(new.reference.as_ref()))
        .bind(clean_or_null(new.subject.as_ref()))
        .bind(clean(new.sender.as_str()))
        .bind(row.keeps_message.then_some(new.raw.as_ref()))
        .bind(micros(new.enqueued_at));
        self.execute(insert).await?;
        for (place, delivery) in (0i64..).zip(&row.accepted.deliveries) {
            add_delivery(self, row, delivery, place).await?;
        }
        Ok(())
    }

    async fn requeue_lapsed_deliveries(&mut self, now: Timestamp) -> Result<()> {
        // Past its dot, whether the relay has it is not known.
        let update = sqlx::query(
            "WITH lapsed AS MATERIALIZED (
                SELECT id FROM delivery WHERE state = 'sending' AND lease_until < $1 FOR UPDATE SKIP LOCKED)
             UPDATE delivery SET state = 'queued', next_at = $1, lease = NULL, lease_until = NULL,
                    maybe_sent = greatest(maybe_sent, (dot_at IS NOT NULL)::int)
               FROM lapsed WHERE delivery.id = lapsed.id RETURNING delivery.id, delivery.attempts, delivery.started_at",
        );
        for row in &self.rows(update.bind(micros(now))).await? {
            let attempt = record::lapsed_attempt(row, now)?;
            self.add_attempt(attempt);
        }
        Ok(())
    }

    async fn expire(&mut self, now: Timestamp) -> Result<Vec<OverRow>> {
        let update = sqlx::query(
            "WITH late AS MATERIALIZED (
                SELECT id FROM delivery WHERE state = 'queued' AND expires_at <= $1 FOR UPDATE SKIP LOCKED)
             UPDATE delivery SET state = 'expired', next_at = NULL, ended_at = $1,
                    reason = coalesce(reason, 'its time ran out before it could be sent')
               FROM late WHERE delivery.id = late.id RETURNING delivery.notification_id, delivery.class",
        );
        self.rows(update.bind(micros(now))).await?.iter().map(record::over).collect()
    }

    async fn due_deliveries(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>> {
        let due = sqlx::query(DUE).bind(words(classes, Class::as_str)).bind(micros(now)).bind(limit);
        self.rows(due).await?.iter().map(record::due).collect()
    }

    async fn due_unexpired(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>> {
        let due = sqlx::query(
            "SELECT id, class, next_at, size_bytes FROM delivery
              WHERE state = 'queued' AND class = ANY($1) AND next_at <= $2 AND expires_at > $2
              ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED",
        );
        let due = due.bind(words(classes, Class::as_str)).bind(micros(now)).bind(limit);
        self.rows(due).await?.iter().map(record::due).collect()
    }

    async fn lease_deliveries(&mut self, batch: Batch, chosen: &[DeliveryId]) -> Result<Vec<Sending>> {
        let lease = sqlx::query(LEASE)
            .bind(batch.lease.to_string())
            .bind(micros(batch.until))
            .bind(micros(batch.now))
            .bind(ids(chosen));
        self.execute(lease).await?;
        let leased = sqlx::query(
            "SELECT d.id, d.notification_id, d.class, d.recipient, d.enqueued_at, d.expires_at, d.attempts, n.sender, n.raw
               FROM delivery d JOIN notification n ON n.id = d.notification_id
              WHERE d.state = 'sending' AND d.lease_until = $2 AND d.lease = $1",
        );
        let rows = self.rows(leased.bind(batch.lease.to_string()).bind(micros(batch.until))).await?;
        rows.iter().map(record::sending).collect()
    }

    async fn mark_dot(&mut self, held: Held<kind::Delivery>, now: Timestamp) -> Result<bool> {
        let update = sqlx::query(
            "UPDATE delivery SET dot_at = $3 WHERE id = $1 AND lease = $2 AND state = 'sending' AND dot_at IS NULL",
        );
        self.changes_one(update.bind(held.id.to_string()).bind(held.lease.to_string()).bind(micros(now))).await
    }
}

/// Which lock stands for a key; two keys that share one only wait for each other.
fn lock_of(token: Option<TokenId>, key: &str) -> i32 {
    let digest = Sha256::digest(format!("{} {key}", token_text(token)));
    digest.iter().take(4).fold(0, |number, byte| (number << 8) | i32::from(*byte))
}

async fn add_delivery(
    ledger: &mut Ledger,
    NotificationRow { new, accepted, lifetime, .. }: &NotificationRow,
    delivery: &AcceptedDelivery,
    place: i64,
) -> Result<()> {
    let now = micros(new.enqueued_at);
    let suppressed = delivery.state == DeliveryState::Suppressed;
    let insert = sqlx::query(
        "INSERT INTO delivery (id, notification_id, place, kind, class, recipient, state, reason, mode_version, enqueued_at,
            expires_at, size_bytes, next_at, suppressed_at, ended_at, not_after, retry_left)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16)",
    )
    .bind(delivery.id.to_string())
    .bind(new.id.to_string())
    .bind(place)
    .bind(clean(&new.kind))
    .bind(new.class.as_str())
    .bind(clean(&delivery.recipient))
    .bind(delivery.state.as_str())
    .bind(accepted.reason.as_ref().filter(|_| suppressed))
    .bind(accepted.mode_version.0)
    .bind(now)
    .bind(micros(lifetime.expires_at))
    .bind(i64::try_from(new.raw.len()).unwrap_or(i64::MAX))
    .bind((!suppressed).then_some(now))
    .bind(suppressed.then_some(now))
    .bind(new.not_after.map(micros))
    .bind(lifetime.retry_left.map(span_micros));
    ledger.execute(insert).await.map(drop)
}
