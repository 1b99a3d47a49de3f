//! Mail going out: each writing method is one script, run behind the fence.

use super::PostgresStore;
use super::fence::Fence;
use super::row::{Columns, ids, micros};
use crate::domain::id::{DeliveryId, Id, ItemId, Lease, NotificationId};
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::policy::outbound::is_asked_at_the_dot;
use crate::policy::rules::Reason;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::column::lease_end;
use crate::store::error::Result;
use crate::store::notification::{
    AtDot, AttemptRecord, DeliveryRecord, Enqueued, NewNotification, NotificationRecord, NotificationStore, Sending,
};
use crate::store::{admit, work};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use std::sync::Arc;

// The conditions are those of the change itself (`suppress`).
const KEPT_BACK: &str = "SELECT class, sum(number)::bigint AS number FROM (
    SELECT class, count(*) AS number FROM delivery
     WHERE state = 'queued' AND class IN ('write_dependent', 'paging', 'unclassified') AND dot_at IS NULL AND maybe_sent = 0
     GROUP BY class
    UNION ALL
    SELECT class, count(*) FROM delivery
     WHERE state = 'sending' AND class IN ('write_dependent', 'paging', 'unclassified') AND dot_at IS NULL AND maybe_sent = 0
     GROUP BY class) AS kept_back
  GROUP BY class ORDER BY class";

#[async_trait]
impl NotificationStore for PostgresStore {
    async fn enqueue(&self, notifications: Vec<Arc<NewNotification>>) -> Result<Vec<Enqueued>> {
        let unknown = self.unknown_kind;
        self.write(Fence::Shared, move |ledger| {
            let notifications = notifications.clone();
            Box::pin(async move {
                let mut results = Vec::with_capacity(notifications.len());
                for new in &notifications {
                    results.push(admit::enqueue(ledger, new, unknown).await?);
                }
                Ok(results)
            })
        })
        .await
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<NotificationRecord>> {
        let find = sqlx::query("SELECT token_id, kind, class, reference, enqueued_at FROM notification WHERE id = $1");
        let Some(row) = self.row(find.bind(id.to_string())).await? else { return Ok(None) };
        let class = row.word("class", Class::parse)?;
        Ok(Some(NotificationRecord {
            id,
            token_id: row.text_or_null("token_id")?.as_deref().and_then(Id::parse),
            kind: row.text("kind")?,
            class,
            reference: row.text_or_null("reference")?,
            enqueued_at: row.time("enqueued_at")?,
            deliveries: self.deliveries_of(id, class).await?,
        }))
    }

    async fn claim_deliveries_by(
        &self,
        limit: i64,
        now: Timestamp,
        age_at: Option<Timestamp>,
    ) -> Result<Vec<Claim<Sending>>> {
        let unknown = self.unknown_kind;
        self.write(Fence::Shared, move |ledger| {
            Box::pin(async move { work::claim_deliveries(ledger, limit, unknown, now, age_at).await })
        })
        .await
    }

    async fn pass_dot(&self, claim: &Claim<Sending>, now: Timestamp) -> Result<bool> {
        let (asked, unknown) = (AtDot::from(claim), self.unknown_kind);
        self.write(Fence::Shared, move |ledger| {
            Box::pin(async move { work::pass_dot(ledger, asked, unknown, now).await })
        })
        .await
    }

    async fn settle_delivery(&self, claim: Claim<Sending>, settlement: Settlement, now: Timestamp) -> Result<Settled> {
        let claim = Arc::new(claim);
        self.record(move |ledger| {
            let (claim, settlement) = (Arc::clone(&claim), settlement.clone());
            Box::pin(async move { work::settle_delivery(ledger, &claim, settlement, now).await })
        })
        .await
    }

    async fn release_delivery(&self, claim: Claim<Sending>, not_before: Timestamp, now: Timestamp) -> Result<Settled> {
        let claim = Arc::new(claim);
        self.record(move |ledger| {
            let claim = Arc::clone(&claim);
            Box::pin(async move { work::release_delivery(ledger, &claim, not_before, now).await })
        })
        .await
    }

    async fn kept_back(&self) -> Result<Vec<(Class, i64)>> {
        let rows = self.rows(sqlx::query(KEPT_BACK)).await?;
        rows.iter().map(|row| Ok((row.word("class", Class::parse)?, row.number("number")?))).collect()
    }

    async fn renew_deliveries(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()> {
        let leases = ids(&leases);
        self.write(Fence::Shared, move |ledger| {
            let leases = leases.clone();
            Box::pin(async move {
                let update = sqlx::query(
                    "UPDATE delivery SET lease_until = $1
                      WHERE state = 'sending' AND lease_until >= $2 AND lease = ANY($3)",
                );
                ledger.execute(update.bind(lease_end(now)).bind(micros(now)).bind(leases)).await.map(drop)
            })
        })
        .await
    }
}

impl PostgresStore {
    async fn deliveries_of(&self, notification: NotificationId, class: Class) -> Result<Vec<DeliveryRecord>> {
        let find = sqlx::query(
            "SELECT id, recipient, state, reason, mode_version, next_at FROM delivery WHERE notification_id = $1 ORDER BY place",
        );
        let rows = self.rows(find.bind(notification.to_string())).await?;
        let waits = is_asked_at_the_dot(class) && self.classes_that_wait().await?.contains(&class);
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, state) = (row.id("id")?, row.word("state", DeliveryState::parse)?);
            let maintenance = (waits && state == DeliveryState::Queued).then(|| Reason::WORD.to_owned());
            deliveries.push(DeliveryRecord {
                id,
                recipient: row.text("recipient")?,
                state,
                reason: maintenance.or(row.text_or_null("reason")?),
                mode_version: row.number("mode_version")?,
                next_attempt_at: row.time_or_null("next_at")?,
                attempts: self.attempts_of(DeliveryId::into(id)).await?,
            });
        }
        Ok(deliveries)
    }

    /// The attempts at a delivery or recipient, first to last.
    pub(super) async fn attempts_of(&self, item: ItemId) -> Result<Vec<AttemptRecord>> {
        let find =
            sqlx::query("SELECT started_at, ended_at, outcome, reply FROM attempt WHERE item_id = $1 ORDER BY number");
        let rows = self.rows(find.bind(item.to_string())).await?;
        let read = |row: &PgRow| {
            Ok(AttemptRecord {
                started_at: row.time("started_at")?,
                ended_at: row.time("ended_at")?,
                outcome: row.word("outcome", AttemptOutcome::parse)?,
                reply: row.text("reply")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
