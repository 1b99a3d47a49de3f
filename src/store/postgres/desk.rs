//! The operator's desk: reading. Lists page by key, newest first; each leading filter has a statement of its own and an index.

use super::fence::Fence;
use super::row::{clean, micros};
use super::{PostgresStore, act};
use crate::domain::id::Id;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::notification::Class;
use crate::store::admit::address_hash;
use crate::store::column::key;
use crate::store::desk::{
    Action, Depths, DeskStore, Flow, Horizon, IncomingFilter, IncomingMail, Page, Pause, QueueFilter, QueueItem,
    Retired, SuppressedFilter, SuppressedMail,
};
use crate::store::error::Result;
use crate::store::notification::AttemptRecord;
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;

const SUPPRESSED: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR d.class = $5) AND d.mode_version BETWEEN $6 AND $7
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";

const SUPPRESSED_TO: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.recipient = $9 AND d.state = 'suppressed' AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR d.class = $5) AND d.mode_version BETWEEN $6 AND $7
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";

const SUPPRESSED_ONE: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id WHERE d.state = 'suppressed' AND d.id = $1";

const INCOMING: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient
  WHERE (received_at, id) < ($1, $2) AND received_at >= $3 AND ($4::text IS NULL OR intent = $4) AND ($5::text IS NULL OR verdict = $5)
    AND ($6::text IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
  ORDER BY received_at DESC, id DESC LIMIT $9";

const INCOMING_TO: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient
  WHERE address_hash = $10 AND (received_at, id) < ($1, $2) AND received_at >= $3 AND ($4::text IS NULL OR intent = $4)
    AND ($5::text IS NULL OR verdict = $5) AND ($6::text IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
  ORDER BY received_at DESC, id DESC LIMIT $9";

const INCOMING_ONE: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state,
        size_bytes, message_id, reason FROM recipient WHERE id = $1";

#[async_trait]
impl DeskStore for PostgresStore {
    async fn suppressed(&self, filter: SuppressedFilter, page: Page) -> Result<Vec<SuppressedMail>> {
        let (time, id) = key(&page, filter.until);
        let (first, last) = filter.mode_versions.unwrap_or((0, i64::MAX));
        let statement = if filter.recipient.is_some() { SUPPRESSED_TO } else { SUPPRESSED };
        let mut query = sqlx::query(statement)
            .bind(time)
            .bind(id)
            .bind(filter.since.map_or(i64::MIN, micros))
            .bind(filter.kind.as_deref().map(clean))
            .bind(filter.class.map(Class::as_str))
            .bind(first)
            .bind(last)
            .bind(page.limit);
        if let Some(recipient) = &filter.recipient {
            query = query.bind(clean(recipient));
        }
        self.rows(query).await?.iter().map(record::suppressed).collect()
    }

    async fn suppressed_one(&self, id: Id) -> Result<Option<SuppressedMail>> {
        self.row(sqlx::query(SUPPRESSED_ONE).bind(id.to_string())).await?.as_ref().map(record::suppressed).transpose()
    }

    async fn incoming(&self, filter: IncomingFilter, page: Page) -> Result<Vec<IncomingMail>> {
        let (time, id) = key(&page, filter.until);
        let (first, last) = filter.mode_versions.unwrap_or((0, i64::MAX));
        let statement = if filter.recipient.is_some() { INCOMING_TO } else { INCOMING };
        let mut query = sqlx::query(statement)
            .bind(time)
            .bind(id)
            .bind(filter.since.map_or(i64::MIN, micros))
            .bind(filter.intent.map(Intent::as_str))
            .bind(filter.verdict.map(Verdict::as_str))
            .bind(filter.state.map(MailState::as_str))
            .bind(first)
            .bind(last)
            .bind(page.limit);
        if let Some(recipient) = filter.recipient {
            query = query.bind(address_hash(&recipient).to_vec());
        }
        self.rows(query).await?.iter().map(record::incoming).collect()
    }

    async fn incoming_one(&self, id: Id) -> Result<Option<IncomingMail>> {
        self.row(sqlx::query(INCOMING_ONE).bind(id.to_string())).await?.as_ref().map(record::incoming).transpose()
    }

    async fn queue(&self, filter: QueueFilter, page: Page) -> Result<Vec<QueueItem>> {
        self.queue_items(filter, page).await
    }

    async fn queue_item(&self, id: Id) -> Result<Option<QueueItem>> {
        self.one_queue_item(id).await
    }

    async fn attempts(&self, id: Id) -> Result<Vec<AttemptRecord>> {
        self.attempts_of(id).await
    }

    async fn act(&self, id: Id, action: Action, now: Timestamp) -> Result<Option<(QueueItem, bool)>> {
        // Alone, as everything is on SQLite: what is wiped or deleted meanwhile would be revived without its message.
        let applied = self
            .write(Fence::Alone, move |ledger| Box::pin(async move { act::act(ledger, id, action, now).await }))
            .await?;
        Ok(self.one_queue_item(id).await?.map(|item| (item, applied)))
    }

    async fn depths(&self) -> Result<Depths> {
        self.count_depths().await
    }

    async fn pauses(&self) -> Result<Vec<Pause>> {
        self.list_pauses().await
    }

    async fn set_pause(&self, flow: Flow, pause: Option<Pause>) -> Result<()> {
        act::set_pause(self, flow, pause).await
    }

    async fn retire(&self, horizon: Horizon) -> Result<Retired> {
        self.write(Fence::Shared, move |ledger| Box::pin(async move { super::retire::retire(ledger, horizon).await }))
            .await
    }
}
