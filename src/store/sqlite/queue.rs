//! What waits, how much of it, and what stands still: reading.

use super::row::Columns;
use super::{Failing, SqliteStore};
use crate::domain::id::{AnyId, ItemId};
use crate::domain::mail::MailState;
use crate::domain::mode::ModeView;
use crate::domain::notification::{Class, DeliveryState};
use crate::policy::outbound::is_asked_at_the_dot;
use crate::store::admit::address_hash;
use crate::store::change::waiting_classes;
use crate::store::column::{bare, key};
use crate::store::desk::{Depths, MAX_OF_ONE, Page, Pause, QueueFilter, QueueItem, QueueKind};
use crate::store::error::{Result, StoreError};
use crate::store::mode::ModeStore;
use crate::store::record;

const DELIVERIES: &str = "SELECT 'delivery' AS queue, id, state, class, kind AS what, recipient, enqueued_at AS queued_at, attempts, next_at, reason
   FROM delivery
  WHERE state IN ('queued', 'sending', 'failed', 'delivered', 'suppressed', 'expired', 'cancelled')
    AND state IN (SELECT value FROM json_each($1)) AND (enqueued_at, id) < ($2, $3) AND ($4 IS NULL OR recipient = $4)
  ORDER BY enqueued_at DESC, id DESC LIMIT $5";

const OPEN_DELIVERIES: &str = "SELECT 'delivery' AS queue, id, state, class, kind AS what, recipient, enqueued_at AS queued_at, attempts, next_at, reason
   FROM delivery
  WHERE state IN ('queued', 'sending', 'failed') AND state IN (SELECT value FROM json_each($1)) AND (enqueued_at, id) < ($2, $3)
    AND ($4 IS NULL OR recipient = $4)
  ORDER BY enqueued_at DESC, id DESC LIMIT $5";

const RECIPIENTS: &str = "SELECT 'recipient' AS queue, id, state, NULL AS class, intent AS what, mask AS recipient, received_at AS queued_at, attempts,
        next_at, reason
   FROM recipient
  WHERE state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3) AND ($4 IS NULL OR address_hash = $4)
    AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5";

const OPEN_RECIPIENTS: &str =
    "SELECT 'recipient' AS queue, id, state, NULL AS class, intent AS what, mask AS recipient, received_at AS queued_at, attempts,
        next_at, reason
   FROM recipient
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state IN (SELECT value FROM json_each($1))
    AND (received_at, id) < ($2, $3) AND ($4 IS NULL OR address_hash = $4)
    AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5";

const ONE: &str = "SELECT 'delivery' AS queue, id, state, class, kind AS what, recipient, enqueued_at AS queued_at, attempts, next_at, reason
   FROM delivery WHERE id = $1
 UNION ALL
 SELECT 'recipient', id, state, NULL, intent, mask, received_at, attempts, next_at, reason FROM recipient WHERE id = $1";

const RECIPIENTS_OF_MESSAGE: &str = "SELECT 'recipient' AS queue, id, state, NULL AS class, intent AS what, mask AS recipient, received_at AS queued_at, attempts,
        next_at, reason
   FROM recipient INDEXED BY recipient_message_id
  WHERE message_id IS NOT NULL AND trim(message_id, '<>') = $8 AND state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3)
    AND ($4 IS NULL OR address_hash = $4) AND ($6 IS NULL OR coalesce(sender, '') = $6) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5";

const RECIPIENTS_FROM_ONE: &str =
    "SELECT 'recipient' AS queue, id, state, NULL AS class, intent AS what, mask AS recipient, received_at AS queued_at, attempts,
        next_at, reason
   FROM recipient INDEXED BY recipient_sender
  WHERE coalesce(sender, '') = $6 AND state IN (SELECT value FROM json_each($1)) AND (received_at, id) < ($2, $3)
    AND ($4 IS NULL OR address_hash = $4) AND ($7 IS NULL OR mask = $7)
  ORDER BY received_at DESC, id DESC LIMIT $5";

const ALL_OF_ONE: &str = "SELECT 'delivery' AS queue, id, state, class, kind AS what, recipient, enqueued_at AS queued_at, attempts, next_at, reason
   FROM delivery WHERE notification_id = $1
 UNION ALL
 SELECT 'recipient', id, state, NULL, intent, mask, received_at, attempts, next_at, reason FROM recipient WHERE mail_id = $1
  ORDER BY id LIMIT $2";

// Each repeats the whole WHERE of its partial index: without it SQLite reads the table from end to end.
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

/// The states a list shows: the asked one, or all that still wait or failed.
fn states(asked: Option<&String>, open: &[&'static str]) -> String {
    match asked {
        Some(state) => serde_json::json!([state]).to_string(),
        None => serde_json::json!(open).to_string(),
    }
}

const OPEN_DELIVERY_STATES: &[&str] =
    &[DeliveryState::Queued.as_str(), DeliveryState::Sending.as_str(), DeliveryState::Failed.as_str()];
const OPEN_RECIPIENT_STATES: &[&str] = &[
    MailState::Waiting.as_str(),
    MailState::HandingOver.as_str(),
    MailState::Held.as_str(),
    MailState::Failed.as_str(),
];

impl SqliteStore {
    pub(super) async fn queue_items(&self, filter: QueueFilter, page: Page) -> Result<Vec<QueueItem>> {
        let mut items = Vec::new();
        if filter.kind != Some(QueueKind::Recipient) && !filter.is_about_mail() {
            items.extend(self.queued_deliveries(&filter, &page).await?);
        }
        if filter.kind != Some(QueueKind::Delivery) {
            items.extend(self.queued_recipients(&filter, &page).await?);
        }
        let (pauses, waiting) = (self.list_pauses().await?, self.waiting_classes(&items).await?);
        items.sort_by_key(|item| std::cmp::Reverse((item.queued_at, item.id)));
        items.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(items.into_iter().map(|item| item.explained(&pauses, &waiting)).collect())
    }

    async fn queued_deliveries(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>> {
        let (time, id) = key(page, None);
        let open = filter.state.as_deref().is_none_or(|state| OPEN_DELIVERY_STATES.contains(&state));
        let rows = sqlx::query(if open { OPEN_DELIVERIES } else { DELIVERIES })
            .bind(states(filter.state.as_ref(), OPEN_DELIVERY_STATES))
            .bind(time)
            .bind(id)
            .bind(&filter.recipient)
            .bind(page.limit)
            .fetch_all(&self.readers)
            .await
            .or_fail()?;
        rows.iter().map(record::queue_item).collect()
    }

    async fn queued_recipients(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>> {
        let (time, id) = key(page, None);
        let open = filter.state.as_deref().is_none_or(|state| OPEN_RECIPIENT_STATES.contains(&state));
        let statement = match (&filter.message_id, open, &filter.sender) {
            (Some(_), ..) => RECIPIENTS_OF_MESSAGE,
            (None, true, _) => OPEN_RECIPIENTS,
            (None, false, Some(_)) => RECIPIENTS_FROM_ONE,
            (None, false, None) => RECIPIENTS,
        };
        let find = sqlx::query(statement)
            .bind(states(filter.state.as_ref(), OPEN_RECIPIENT_STATES))
            .bind(time)
            .bind(id)
            .bind(filter.recipient.as_deref().map(|address| address_hash(address).to_vec()))
            .bind(page.limit)
            .bind(filter.sender.as_deref().map(bare))
            .bind(&filter.masked_recipient);
        let find = match filter.message_id.as_deref() {
            Some(message_id) => find.bind(bare(message_id)),
            None => find,
        };
        let rows = find.fetch_all(&self.readers).await.or_fail()?;
        rows.iter().map(record::queue_item).collect()
    }

    pub(super) async fn one_queue_item(&self, id: ItemId) -> Result<Option<QueueItem>> {
        let row = sqlx::query(ONE).bind(id.to_string()).fetch_optional(&self.readers).await.or_fail()?;
        let Some(row) = row else { return Ok(None) };
        let item = record::queue_item(&row)?;
        let waiting = self.waiting_classes(std::slice::from_ref(&item)).await?;
        Ok(Some(item.explained(&self.list_pauses().await?, &waiting)))
    }

    /// The classes that wait for the end of the mode, where some of `items` may; the mode is not looked at for others.
    async fn waiting_classes(&self, items: &[QueueItem]) -> Result<Vec<Class>> {
        match items.iter().any(|item| item.class.is_some_and(is_asked_at_the_dot)) {
            true => self.classes_that_wait().await,
            false => Ok(Vec::new()),
        }
    }

    /// The classes that wait for the end of the mode; none while the mode is unknown.
    pub(super) async fn classes_that_wait(&self) -> Result<Vec<Class>> {
        match self.mode().await {
            Ok(mode) => Ok(waiting_classes(&ModeView::Known(mode), self.unknown_kind)),
            Err(StoreError::WentBack { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn all_queue_items_of(&self, id: AnyId) -> Result<Vec<QueueItem>> {
        let find = sqlx::query(ALL_OF_ONE).bind(id.to_string()).bind(MAX_OF_ONE);
        let (rows, pauses) = (find.fetch_all(&self.readers).await.or_fail()?, self.list_pauses().await?);
        let items = rows.iter().map(record::queue_item).collect::<Result<Vec<_>>>()?;
        let waiting = self.waiting_classes(&items).await?;
        Ok(items.into_iter().map(|item| item.explained(&pauses, &waiting)).collect())
    }

    pub(super) async fn count_depths(&self) -> Result<Depths> {
        let row = sqlx::query(DEPTHS).fetch_one(&self.readers).await.or_fail()?;
        Ok(Depths {
            waiting: row.number("waiting")?,
            hand_overs: row.number("hand_overs")?,
            held: row.number("held")?,
            failed_hand_overs: row.number("failed_hand_overs")?,
            queued: row.number("queued")?,
            unclassified: row.number("unclassified")?,
            deliveries: row.number("deliveries")?,
            failed_deliveries: row.number("failed_deliveries")?,
            oldest_queued_at: row.time_or_null("oldest_queued_at")?,
            oldest_waiting_at: row.time_or_null("oldest_waiting_at")?,
        })
    }

    pub(super) async fn list_pauses(&self) -> Result<Vec<Pause>> {
        let rows = sqlx::query("SELECT flow, cause, reason, since_at, until_at, failures FROM pause ORDER BY flow")
            .fetch_all(&self.readers)
            .await
            .or_fail()?;
        rows.iter().map(record::pause).collect()
    }
}
