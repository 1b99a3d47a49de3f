//! What waits, how much of it, and what stands still: SQL.

use crate::domain::id::{AnyId, ItemId};
use crate::store::desk::{Depths, MAX_OF_ONE, Page, Pause, QueueFilter, QueueItem};
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::{address_hash, bare, key};
use crate::store::report::queue::{QueueRows, States};
use crate::store::select::{queued_delivery_columns, queued_recipient_columns};
use crate::store::sqlite::SqliteStore;
use async_trait::async_trait;

const DELIVERIES: &str = concat!(
    "SELECT ",
    queued_delivery_columns!(),
    "
   FROM delivery
  WHERE state IN ('queued', 'sending', 'failed', 'delivered', 'suppressed', 'expired', 'cancelled')
    AND state IN (SELECT value FROM json_each($1)) AND (enqueued_at, id) < ($2, $3) AND ($4 IS NULL OR recipient = $4)
  ORDER BY enqueued_at DESC, id DESC LIMIT $5"
);

const OPEN_DELIVERIES: &str = concat!("SELECT ", queued_delivery_columns!(), "
   FROM delivery
  WHERE state IN ('queued', 'sending', 'failed') AND state IN (SELECT value FROM json_each($1)) AND (enqueued_at, id) < ($2, $3)
    AND ($4 IS NULL OR recipient = $4)
  ORDER BY enqueued_at DESC, id DESC LIMIT $5");

const RECIPIENTS: &str = concat!("SELECT ", queued_recipient_columns!(), "
   FROM recipient
  WHERE state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3) AND ($4 IS NULL OR address_hash = $4)
    AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5");

const OPEN_RECIPIENTS: &str = concat!(
    "SELECT ",
    queued_recipient_columns!(),
    "
   FROM recipient
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state IN (SELECT value FROM json_each($1))
    AND (received_at, id) < ($2, $3) AND ($4 IS NULL OR address_hash = $4)
    AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5"
);

const ONE: &str = concat!(
    "SELECT ",
    queued_delivery_columns!(),
    "
   FROM delivery WHERE id = $1
 UNION ALL
 SELECT ",
    queued_recipient_columns!(),
    " FROM recipient WHERE id = $1"
);

const RECIPIENTS_OF_MESSAGE: &str = concat!("SELECT ", queued_recipient_columns!(), "
   FROM recipient INDEXED BY recipient_message_id
  WHERE message_id IS NOT NULL AND trim(message_id, '<>') = $8 AND state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3)
    AND ($4 IS NULL OR address_hash = $4) AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5");

const RECIPIENTS_FROM_ONE: &str = concat!(
    "SELECT ",
    queued_recipient_columns!(),
    "
   FROM recipient INDEXED BY recipient_sender
  WHERE coalesce(sender, '') = $6 AND state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3)
    AND ($4 IS NULL OR address_hash = $4) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5"
);

const ALL_OF_ONE: &str = concat!(
    "SELECT ",
    queued_delivery_columns!(),
    "
   FROM delivery WHERE notification_id = $1
 UNION ALL
 SELECT ",
    queued_recipient_columns!(),
    " FROM recipient WHERE mail_id = $1
  ORDER BY id LIMIT $2"
);

// Each repeats the whole WHERE of its partial index: without it SQLite reads the table from end to
// end.
const DEPTHS: &str = "SELECT
    (SELECT count(*) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'waiting') AS waiting,
    (SELECT count(*) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'handing_over') AS hand_overs,
    (SELECT count(*) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'held') AS held,
    (SELECT count(*) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'failed') AS failed_hand_overs,
    (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'failed') AND state = 'queued') AS queued,
    (SELECT count(*) FROM delivery WHERE state = 'queued' AND class = 'unclassified') AS unclassified,
    (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'failed') AND state = 'sending') AS deliveries,
    (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'failed') AND state = 'failed') AS failed_deliveries,
    (SELECT min(enqueued_at) FROM delivery WHERE state IN ('queued', 'sending', 'failed') AND state = 'queued') AS oldest_queued_at,
    (SELECT min(received_at) FROM recipient WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'waiting') AS oldest_waiting_at";

#[async_trait]
impl QueueRows for SqliteStore {
    async fn delivery_items(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>> {
        let ((time, id), states) = (key(page, None), States::of_deliveries(filter));
        let find = sqlx::query(if states.are_open() { OPEN_DELIVERIES } else { DELIVERIES })
            .bind(words(states))
            .bind(time)
            .bind(id)
            .bind(&filter.recipient)
            .bind(page.limit);
        self.rows(find).await?.iter().map(record::queue_item).collect()
    }

    async fn recipient_items(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>> {
        let ((time, id), states) = (key(page, None), States::of_recipients(filter));
        let statement = match (&filter.message_id, states.are_open(), &filter.sender) {
            (Some(_), ..) => RECIPIENTS_OF_MESSAGE,
            (None, true, _) => OPEN_RECIPIENTS,
            (None, false, Some(_)) => RECIPIENTS_FROM_ONE,
            (None, false, None) => RECIPIENTS,
        };
        let find = sqlx::query(statement)
            .bind(words(states))
            .bind(time)
            .bind(id)
            .bind(filter.recipient.as_deref().map(|address| address_hash(address).to_vec()))
            .bind(page.limit)
            .bind(filter.sender.as_deref().map(bare))
            .bind(filter.masked_recipient.as_deref());
        let find = match filter.message_id.as_deref() {
            Some(message_id) => find.bind(bare(message_id)),
            None => find,
        };
        self.rows(find).await?.iter().map(record::queue_item).collect()
    }

    async fn item(&self, id: ItemId) -> Result<Option<QueueItem>> {
        self.row(sqlx::query(ONE).bind(id.to_string())).await?.as_ref().map(record::queue_item).transpose()
    }

    async fn items_of(&self, id: AnyId) -> Result<Vec<QueueItem>> {
        let find = sqlx::query(ALL_OF_ONE).bind(id.to_string()).bind(MAX_OF_ONE);
        self.rows(find).await?.iter().map(record::queue_item).collect()
    }

    async fn list_pauses(&self) -> Result<Vec<Pause>> {
        let find = sqlx::query("SELECT flow, cause, reason, since_at, until_at, failures FROM pause ORDER BY flow");
        self.rows(find).await?.iter().map(record::pause).collect()
    }
}

impl SqliteStore {
    pub(in crate::store) async fn count_depths(&self) -> Result<Depths> {
        record::depths(&self.one(sqlx::query(DEPTHS)).await?)
    }
}

/// States as bound.
fn words(states: States<'_>) -> String {
    serde_json::json!(states.words()).to_string()
}
