//! One group of queued things, of one type in one state: how many a filter finds, and which. Each
//! walks the group's own part of the index of what waits or failed, so that the next of many pages
//! costs no more than the first.

use crate::domain::id::ItemId;
use crate::store::desk::{Group, Page, QueueFilter, QueueKind};
use crate::store::error::Result;
use crate::store::record::column::{Columns, address_hash, bare, micros};
use crate::store::sqlite::SqliteStore;
use jiff::Timestamp;

const COUNT_DELIVERIES: &str = "SELECT count(*) AS number, count(n.id) AS kept
   FROM delivery d LEFT JOIN notification n ON n.id = d.notification_id AND n.raw IS NOT NULL
  WHERE d.state IN ('queued', 'sending', 'failed') AND d.state = $1 AND d.enqueued_at < $2 AND ($3 IS NULL OR d.recipient = $3)";

const DELIVERIES: &str = "SELECT id, enqueued_at AS queued_at FROM delivery
  WHERE state IN ('queued', 'sending', 'failed') AND state = $1 AND (enqueued_at, id) > ($2, $3) AND enqueued_at < $6 AND ($4 IS NULL OR recipient = $4)
  ORDER BY enqueued_at, id LIMIT $5";

const COUNT_RECIPIENTS: &str = "SELECT count(*) AS number, count(*) AS kept FROM recipient
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = $1 AND received_at < $2
    AND ($3 IS NULL OR address_hash = $3) AND ($4 IS NULL OR mask = $4)
    AND ($5 IS NULL OR coalesce(sender, '') = $5) AND ($6 IS NULL OR trim(message_id, '<>') = $6)";

const RECIPIENTS: &str = "SELECT id, received_at AS queued_at FROM recipient
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = $1 AND (received_at, id) > ($2, $7) AND received_at < $9
    AND ($3 IS NULL OR address_hash = $3) AND ($4 IS NULL OR mask = $4)
    AND ($5 IS NULL OR coalesce(sender, '') = $5) AND ($6 IS NULL OR trim(message_id, '<>') = $6)
  ORDER BY received_at, id LIMIT $8";

impl SqliteStore {
    /// How many came before `before`, and how many of them still have their message.
    pub(in crate::store) async fn group_count(
        &self,
        filter: &QueueFilter,
        group: Group,
        before: Timestamp,
    ) -> Result<(i64, i64)> {
        let find = match group.queue {
            QueueKind::Delivery => {
                sqlx::query(COUNT_DELIVERIES).bind(group.state).bind(micros(before)).bind(&filter.recipient)
            }
            QueueKind::Recipient => sqlx::query(COUNT_RECIPIENTS)
                .bind(group.state)
                .bind(micros(before))
                .bind(filter.recipient.as_deref().map(|address| address_hash(address).to_vec()))
                .bind(filter.masked_recipient.as_deref())
                .bind(filter.sender.as_deref().map(bare))
                .bind(filter.message_id.as_deref().map(bare)),
        };
        let row = self.one(find).await?;
        Ok((row.number("number")?, row.number("kept")?))
    }

    /// The keys of those that came before `before`, oldest first.
    pub(in crate::store) async fn group_keys(
        &self,
        filter: &QueueFilter,
        group: Group,
        before: Timestamp,
        page: &Page,
    ) -> Result<Vec<(Timestamp, ItemId)>> {
        let (time, id) = page.after.map_or((i64::MIN, String::new()), |(time, id)| (micros(time), id.to_string()));
        let find = match group.queue {
            QueueKind::Delivery => sqlx::query(DELIVERIES)
                .bind(group.state)
                .bind(time)
                .bind(id)
                .bind(&filter.recipient)
                .bind(page.limit)
                .bind(micros(before)),
            QueueKind::Recipient => sqlx::query(RECIPIENTS)
                .bind(group.state)
                .bind(time)
                .bind(filter.recipient.as_deref().map(|address| address_hash(address).to_vec()))
                .bind(filter.masked_recipient.as_deref())
                .bind(filter.sender.as_deref().map(bare))
                .bind(filter.message_id.as_deref().map(bare))
                .bind(id)
                .bind(page.limit)
                .bind(micros(before)),
        };
        self.rows(find).await?.iter().map(|row| Ok((row.time("queued_at")?, row.id("id")?))).collect()
    }
}
