//! The operator's desk: single things, and what is done about them. The lists are in `report`.

use super::SqliteStore;
use crate::domain::id::{AnyId, DeliveryId, ItemId, RecipientId};
use crate::store::desk::{
    Action, Depths, DeskStore, Flow, Group, Horizon, IncomingFilter, IncomingMail, MAX_AT_ONCE, Page, Pause,
    QueueFilter, QueueItem, Retired, SuppressedFilter, SuppressedMail,
};
use crate::store::error::Result;
use crate::store::notification::AttemptRecord;
use crate::store::record;
use crate::store::record::column::micros;
use crate::store::report::incoming::IncomingRows;
use crate::store::report::queue::QueueRows;
use crate::store::report::suppressed::SuppressedRows;
use crate::store::script::Scripts;
use crate::store::script::act::Acting;
use crate::store::script::row::Asked;
use crate::store::select::{incoming_columns, suppressed_columns};
use async_trait::async_trait;
use jiff::Timestamp;

const SUPPRESSED_ONE: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d JOIN notification n ON n.id = d.notification_id WHERE d.state = 'suppressed' AND d.id = $1"
);

const INCOMING_ONE: &str = concat!("SELECT ", incoming_columns!(), " FROM recipient WHERE id = $1");

const SET_PAUSE: &str = "INSERT INTO pause (flow, cause, reason, since_at, until_at, failures) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (flow) DO UPDATE
        SET cause = excluded.cause, reason = excluded.reason, until_at = excluded.until_at, failures = excluded.failures";

#[async_trait]
impl DeskStore for SqliteStore {
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
        let ids = ids.into_iter().take(MAX_AT_ONCE).collect();
        self.enter(Acting { asked: Asked { ids, state, now }, action, unknown: self.unknown_kind }).await
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
        let Some(pause) = pause else {
            let delete = move || sqlx::query("DELETE FROM pause WHERE flow = $1").bind(flow.as_str());
            return self.execute(delete).await.map(drop);
        };
        let insert = move || {
            sqlx::query(SET_PAUSE)
                .bind(flow.as_str())
                .bind(pause.cause.as_str())
                .bind(pause.reason.clone())
                .bind(micros(pause.since))
                .bind(micros(pause.until))
                .bind(pause.failures)
        };
        self.execute(insert).await.map(drop)
    }

    async fn retire(&self, horizon: Horizon) -> Result<Retired> {
        self.writer.write(move |ledger| Box::pin(async move { super::retire::retire(ledger, horizon).await })).await
    }
}
