//! Reading what goes out: SQL.

use super::PostgresStore;
use crate::domain::id::{ItemId, NotificationId};
use crate::domain::notification::Class;
use crate::policy::outbound::is_asked_at_the_dot;
use crate::store::error::Result;
use crate::store::notification::{AttemptRecord, NotificationRecord, NotificationRows};
use crate::store::record;
use crate::store::record::column::Columns;
use crate::store::report::queue::QueueRows;
use async_trait::async_trait;

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
impl NotificationRows for PostgresStore {
    async fn notification(&self, id: NotificationId) -> Result<Option<NotificationRecord>> {
        let find =
            sqlx::query("SELECT id, token_id, kind, class, reference, enqueued_at FROM notification WHERE id = $1");
        let Some(row) = self.row(find.bind(id.to_string())).await? else { return Ok(None) };
        let mut notification = record::notification(&row)?;
        let find = sqlx::query(
            "SELECT id, recipient, state, reason, mode_version, next_at FROM delivery WHERE notification_id = $1 ORDER BY place",
        );
        let rows = self.rows(find.bind(id.to_string())).await?;
        let waits =
            is_asked_at_the_dot(notification.class) && self.waiting_classes().await?.contains(&notification.class);
        for row in &rows {
            let delivery = record::delivery(row, waits)?;
            let attempts = self.attempts_of(delivery.id.into()).await?;
            notification.deliveries.push(crate::store::notification::DeliveryRecord { attempts, ..delivery });
        }
        Ok(Some(notification))
    }

    async fn kept_back(&self) -> Result<Vec<(Class, i64)>> {
        let rows = self.rows(sqlx::query(KEPT_BACK)).await?;
        rows.iter().map(|row| Ok((row.word("class", Class::parse)?, row.number("number")?))).collect()
    }
}

impl PostgresStore {
    /// The attempts at a delivery or recipient, first to last.
    pub(super) async fn attempts_of(&self, item: ItemId) -> Result<Vec<AttemptRecord>> {
        let find =
            sqlx::query("SELECT started_at, ended_at, outcome, reply FROM attempt WHERE item_id = $1 ORDER BY number");
        self.rows(find.bind(item.to_string())).await?.iter().map(record::attempt).collect()
    }
}
