//! Mail going out, inside a transaction: SQL.

use super::Failing;
use super::gather::gather_ending;
use super::ledger::Ledger;
use super::ledger_mode::{add_lapsed_attempt, exactly_one, token_text};
use super::row::{Columns, json_words, micros, span_micros};
use crate::domain::id::{DeliveryId, NotificationId, TokenId, kind};
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::policy::turn::Due;
use crate::store::admit::lifetime;
use crate::store::claim::{Claim, Held};
use crate::store::error::{Result, StoreError};
use crate::store::ledger::{Batch, Ending, NotificationLedger};
use crate::store::notification::{Accepted, AcceptedDelivery, Idempotency, NewNotification, Sending};
use crate::store::record;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// The oldest of each class. Class by class, since no index is in order of time over several; one that is not asked for costs as little
/// as one that is.
const DUE: &str = "SELECT id, class, next_at, size_bytes FROM (SELECT id, class, next_at, size_bytes FROM delivery
     WHERE state = 'queued' AND class = 'paging' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)
  UNION ALL SELECT id, class, next_at, size_bytes FROM (SELECT id, class, next_at, size_bytes FROM delivery
     WHERE state = 'queued' AND class = 'system' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)
  UNION ALL SELECT id, class, next_at, size_bytes FROM (SELECT id, class, next_at, size_bytes FROM delivery
     WHERE state = 'queued' AND class = 'write_dependent' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)
  UNION ALL SELECT id, class, next_at, size_bytes FROM (SELECT id, class, next_at, size_bytes FROM delivery
     WHERE state = 'queued' AND class = 'ordinary' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)
  UNION ALL SELECT id, class, next_at, size_bytes FROM (SELECT id, class, next_at, size_bytes FROM delivery
     WHERE state = 'queued' AND class = 'unclassified' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)";

#[async_trait]
impl NotificationLedger for Ledger {
    async fn find_answer(
        &mut self,
        token: Option<TokenId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<([u8; 32], Accepted)>> {
        let row =
            sqlx::query("SELECT fingerprint, answer FROM answer WHERE token_id = $1 AND key = $2 AND created_at >= $3")
                .bind(token_text(token))
                .bind(key)
                .bind(micros(since))
                .fetch_optional(self.connection())
                .await
                .or_fail()?;
        let Some(row) = row else { return Ok(None) };
        let answer =
            serde_json::from_str(&row.text("answer")?).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Some((row.hash("fingerprint")?, answer)))
    }

    async fn add_answer(
        &mut self,
        token: Option<TokenId>,
        key: &Idempotency,
        answer: &Accepted,
        now: Timestamp,
    ) -> Result<()> {
        let answer = serde_json::to_string(answer).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        sqlx::query(
            "INSERT INTO answer (token_id, key, fingerprint, answer, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (token_id, key) DO UPDATE
                SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at",
        )
        .bind(token_text(token))
        .bind(&key.key)
        .bind(key.fingerprint.as_slice())
        .bind(answer)
        .bind(micros(now))
        .execute(self.connection())
        .await
        .or_fail()
        .map(drop)
    }

    async fn add_notification(
        &mut self,
        new: &NewNotification,
        accepted: &Accepted,
        body: Option<&Bytes>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO notification (id, token_id, kind, title, class, reference, subject, sender, raw, enqueued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(new.id.to_string())
        .bind(new.token_id.map(|id| id.to_string()))
        .bind(&new.kind)
        .bind(&new.title)
        .bind(new.class.as_str())
        .bind(&new.reference)
        .bind(&new.subject)
        .bind(new.sender.as_str())
        .bind(body.map(Bytes::as_ref))
        .bind(micros(new.enqueued_at))
        .execute(self.connection())
        .await
        .or_fail()?;
        for (place, delivery) in (0i64..).zip(&accepted.deliveries) {
            add_delivery(self, new, accepted, delivery, place).await?;
        }
        Ok(())
    }

    async fn requeue_lapsed_deliveries(&mut self, now: Timestamp) -> Result<()> {
        // Past its dot, whether the relay has it is not known.
        let rows = sqlx::query(
            "UPDATE delivery SET state = 'queued', next_at = $1, lease = NULL, lease_until = NULL,
                    maybe_sent = max(maybe_sent, dot_at IS NOT NULL)
              WHERE state = 'sending' AND lease_until < $1 RETURNING id, attempts, started_at",
        )
        .bind(micros(now))
        .fetch_all(self.connection())
        .await
        .or_fail()?;
        for row in &rows {
            add_lapsed_attempt(self, row, now).await?;
        }
        Ok(())
    }

    async fn expire(&mut self, now: Timestamp) -> Result<()> {
        let rows = sqlx::query(
            "UPDATE delivery SET state = 'expired', next_at = NULL, ended_at = $1,
                    reason = coalesce(reason, 'its time ran out before it could be sent')
              WHERE state = 'queued' AND expires_at <= $1 RETURNING notification_id, class",
        )
        .bind(micros(now))
        .fetch_all(self.connection())
        .await
        .or_fail()?;
        for row in &rows {
            if row.word("class", Class::parse)? == Class::WriteDependent {
                wipe(self, row.id("notification_id")?).await?;
            }
        }
        Ok(())
    }

    async fn due_deliveries(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>> {
        let rows = sqlx::query(DUE).bind(micros(now)).bind(limit).fetch_all(self.connection()).await.or_fail()?;
        let due = rows.iter().map(record::due).collect::<Result<Vec<_>>>()?;
        Ok(due.into_iter().filter(|one| classes.contains(&one.class)).collect())
    }

    async fn due_unexpired(&mut self, classes: &[Class], limit: i64, now: Timestamp) -> Result<Vec<Due>> {
        let find = sqlx::query(
            "SELECT id, class, next_at, size_bytes FROM delivery
              WHERE state = 'queued' AND class IN (SELECT value FROM json_each($1)) AND next_at <= $2 AND expires_at > $2
              ORDER BY next_at, id LIMIT $3",
        );
        let find = find.bind(json_words(classes, Class::as_str)).bind(micros(now)).bind(limit);
        find.fetch_all(self.connection()).await.or_fail()?.iter().map(record::due).collect()
    }

    async fn lease_deliveries(&mut self, batch: Batch, ids: &[DeliveryId]) -> Result<Vec<Sending>> {
        sqlx::query(
            "UPDATE delivery SET state = 'sending', next_at = NULL, lease = $1, lease_until = $2, started_at = $3, dot_at = NULL,
                    attempts = attempts + 1
              WHERE state = 'queued' AND id IN (SELECT value FROM json_each($4))",
        )
        .bind(batch.lease.to_string())
        .bind(micros(batch.until))
        .bind(micros(batch.now))
        .bind(serde_json::json!(ids).to_string())
        .execute(self.connection())
        .await
        .or_fail()?;
        let rows = sqlx::query(
            "SELECT d.id, d.notification_id, d.class, d.recipient, d.enqueued_at, d.expires_at, d.attempts, n.sender, n.raw
               FROM delivery d JOIN notification n ON n.id = d.notification_id
              WHERE d.state = 'sending' AND d.lease_until = $2 AND d.lease = $1",
        )
        .bind(batch.lease.to_string())
        .bind(micros(batch.until))
        .fetch_all(self.connection())
        .await
        .or_fail()?;
        rows.iter().map(record::sending).collect()
    }

    async fn mark_dot(&mut self, held: Held<kind::Delivery>, now: Timestamp) -> Result<bool> {
        let mark = sqlx::query(
            "UPDATE delivery SET dot_at = $3 WHERE id = $1 AND lease = $2 AND state = 'sending' AND dot_at IS NULL",
        );
        let mark = mark.bind(held.id.to_string()).bind(held.lease.to_string()).bind(micros(now));
        mark.execute(self.connection()).await.or_fail().map(|done| exactly_one(&done))
    }

    async fn end_delivery(
        &mut self,
        claim: &Claim<Sending>,
        ending: &Ending<DeliveryState>,
        outcome: AttemptOutcome,
    ) -> Result<bool> {
        let maybe_sent = outcome == AttemptOutcome::Unknown;
        if self.foreseen.deliveries.remove(&claim.held()) {
            gather_ending(&mut self.gathered.ended_deliveries, (ending.clone(), maybe_sent), claim.item.delivery_id);
            return Ok(true);
        }
        end(self, claim.held(), ending, 0, maybe_sent).await
    }

    async fn undo_delivery(&mut self, claim: &Claim<Sending>, ending: &Ending<DeliveryState>) -> Result<bool> {
        end(self, claim.held(), ending, 1, false).await
    }

    async fn wipe_if_done(&mut self, notification: NotificationId) -> Result<()> {
        // Whether it is done may be among what was gathered.
        self.write_gathered().await?;
        wipe(self, notification).await
    }
}

async fn add_delivery(
    ledger: &mut Ledger,
    new: &NewNotification,
    accepted: &Accepted,
    delivery: &AcceptedDelivery,
    place: i64,
) -> Result<()> {
    let now = micros(new.enqueued_at);
    let suppressed = delivery.state == DeliveryState::Suppressed;
    let lifetime = lifetime(new, accepted);
    sqlx::query(
        "INSERT INTO delivery (id, notification_id, place, kind, class, recipient, state, reason, mode_version, enqueued_at,
            expires_at, size_bytes, next_at, suppressed_at, ended_at, not_after, retry_left)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16)",
    )
    .bind(delivery.id.to_string())
    .bind(new.id.to_string())
    .bind(place)
    .bind(&new.kind)
    .bind(new.class.as_str())
    .bind(&delivery.recipient)
    .bind(delivery.state.as_str())
    .bind(accepted.reason.as_ref().filter(|_| suppressed))
    .bind(accepted.mode_version)
    .bind(now)
    .bind(micros(lifetime.expires_at))
    .bind(i64::try_from(new.raw.len()).unwrap_or(i64::MAX))
    .bind((!suppressed).then_some(now))
    .bind(suppressed.then_some(now))
    .bind(new.not_after.map(micros))
    .bind(lifetime.retry_left.map(span_micros))
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(drop)
}

async fn end(
    ledger: &mut Ledger,
    held: Held<kind::Delivery>,
    ending: &Ending<DeliveryState>,
    uncounted: i64,
    maybe_sent: bool,
) -> Result<bool> {
    // A refused delivery is done: retention may take it, while an operator may still retry it.
    let done = matches!(ending.state, DeliveryState::Delivered | DeliveryState::Failed);
    sqlx::query(
        "UPDATE delivery SET state = $3, reason = CASE WHEN $3 = 'delivered' THEN NULL ELSE coalesce($4, reason) END, next_at = $5,
                ended_at = $6, attempts = attempts - $7, maybe_sent = max(maybe_sent, $8), dot_at = NULL, lease = NULL, lease_until = NULL
          WHERE id = $1 AND lease = $2 AND state = 'sending'",
    )
    .bind(held.id.to_string())
    .bind(held.lease.to_string())
    .bind(ending.state.as_str())
    .bind(&ending.reason)
    .bind(ending.next_at.map(micros))
    .bind(done.then(|| micros(ending.at)))
    .bind(uncounted)
    .bind(i64::from(maybe_sent))
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(|done| exactly_one(&done))
}

/// Wipes the message of a notification none of whose deliveries needs it any more.
pub(super) async fn wipe(ledger: &mut Ledger, notification: NotificationId) -> Result<()> {
    let done = sqlx::query(
        "UPDATE notification SET raw = NULL WHERE id = $1 AND raw IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM delivery WHERE notification_id = $1 AND state IN ('queued', 'sending', 'failed'))",
    )
    .bind(notification.to_string())
    .execute(ledger.connection())
    .await
    .or_fail()?;
    ledger.wiped |= done.rows_affected() > 0;
    Ok(())
}
