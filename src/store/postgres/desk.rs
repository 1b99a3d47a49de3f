//! The operator's desk: single things, and what is done about them. The reports are in `report_suppressed` and `report_incoming`.

use super::fence::Fence;
use super::{PostgresStore, act};
use crate::domain::id::{AnyId, DeliveryId, ItemId, RecipientId};
use crate::store::desk::{
    Action, Depths, DeskStore, Flow, Group, Horizon, IncomingFilter, IncomingMail, Page, Pause, QueueFilter, QueueItem,
    Retired, SuppressedFilter, SuppressedMail,
};
use crate::store::error::Result;
use crate::store::notification::AttemptRecord;
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

const SUPPRESSED_ONE: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id WHERE d.state = 'suppressed' AND d.id = $1";

const INCOMING_ONE: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state,
        size_bytes, message_id, reason FROM recipient WHERE id = $1";

#[async_trait]
impl DeskStore for PostgresStore {
    async fn suppressed(&self, filter: SuppressedFilter, page: Page) -> Result<Vec<SuppressedMail>> {
        self.list_suppressed(filter, page).await
    }

    async fn suppressed_one(&self, id: DeliveryId) -> Result<Option<SuppressedMail>> {
        self.row(sqlx::query(SUPPRESSED_ONE).bind(id.to_string())).await?.as_ref().map(record::suppressed).transpose()
    }

    async fn incoming(&self, filter: IncomingFilter, page: Page) -> Result<Vec<IncomingMail>> {
        self.list_incoming(filter, page).await
    }

    async fn incoming_one(&self, id: RecipientId) -> Result<Option<IncomingMail>> {
        self.row(sqlx::query(INCOMING_ONE).bind(id.to_string())).await?.as_ref().map(record::incoming).transpose()
    }

    async fn queue(&self, filter: QueueFilter, page: Page) -> Result<Vec<QueueItem>> {
        self.queue_items(filter, page).await
    }

    async fn queue_item(&self, id: ItemId) -> Result<Option<QueueItem>> {
        self.one_queue_item(id).await
    }

    async fn queue_items_of(&self, id: AnyId) -> Result<Vec<QueueItem>> {
        self.all_queue_items_of(id).await
    }

    async fn attempts(&self, id: ItemId) -> Result<Vec<AttemptRecord>> {
        self.attempts_of(id).await
    }

    async fn act_on(
        &self,
        ids: Vec<ItemId>,
        state: Option<&'static str>,
        action: Action,
        now: Timestamp,
    ) -> Result<Vec<ItemId>> {
        let (ids, unknown) = (Arc::new(ids), self.unknown_kind);
        // Alone, as everything is on SQLite: what is wiped or deleted meanwhile would be revived without its message.
        self.write(Fence::Alone, move |ledger| {
            let ids = Arc::clone(&ids);
            Box::pin(async move { act::act_on(ledger, &ids, (state, action), unknown, now).await })
        })
        .await
    }

    async fn count_group(&self, filter: QueueFilter, group: Group, before: Timestamp) -> Result<(i64, i64)> {
        self.group_count(&filter, group, before).await
    }

    async fn keys_of_group(
        &self,
        filter: QueueFilter,
        group: Group,
        before: Timestamp,
        page: Page,
    ) -> Result<Vec<(Timestamp, ItemId)>> {
        self.group_keys(&filter, group, before, &page).await
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
