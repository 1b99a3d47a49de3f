//! What waits, and why: the lists of the queue.

use super::newest;
use crate::domain::id::{AnyId, ItemId};
use crate::domain::mail::MailState;
use crate::domain::mode::ModeView;
use crate::domain::notification::{Class, DeliveryState};
use crate::policy::outbound::is_asked_at_the_dot;
use crate::store::desk::{Page, Pause, QueueFilter, QueueItem, QueueKind};
use crate::store::error::{Result, StoreError};
use crate::store::mode::ModeRows;
use crate::store::script::Scripts;
use crate::store::script::change::waiting_classes;
use async_trait::async_trait;

const OPEN_DELIVERY_STATES: &[&str] =
    &[DeliveryState::Queued.as_str(), DeliveryState::Sending.as_str(), DeliveryState::Failed.as_str()];
const OPEN_RECIPIENT_STATES: &[&str] = &[
    MailState::Waiting.as_str(),
    MailState::HandingOver.as_str(),
    MailState::Held.as_str(),
    MailState::Failed.as_str(),
];

/// Which states a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States<'a> {
    asked: Option<&'a str>,
    open: &'static [&'static str],
}

impl<'a> States<'a> {
    /// The states of deliveries that a filter shows.
    #[must_use]
    pub fn of_deliveries(filter: &'a QueueFilter) -> Self {
        Self { asked: filter.state.as_deref(), open: OPEN_DELIVERY_STATES }
    }

    /// The states of recipients that a filter shows.
    #[must_use]
    pub fn of_recipients(filter: &'a QueueFilter) -> Self {
        Self { asked: filter.state.as_deref(), open: OPEN_RECIPIENT_STATES }
    }

    /// Are they among those in which something still waits or failed? Those have an index of their
    /// own.
    #[must_use]
    pub fn are_open(self) -> bool {
        self.asked.is_none_or(|state| self.open.contains(&state))
    }

    /// The asked one, or all that still wait or failed.
    #[must_use]
    pub fn words(self) -> Vec<&'a str> {
        self.asked.map_or_else(|| self.open.to_vec(), |state| vec![state])
    }
}

/// The queue, over the rows of one kind of store.
#[async_trait]
pub trait QueueRows: ModeRows + Scripts {
    /// Deliveries, newest first.
    async fn delivery_items(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>>;
    /// Recipients of incoming mail, newest first.
    async fn recipient_items(&self, filter: &QueueFilter, page: &Page) -> Result<Vec<QueueItem>>;
    /// One of either.
    async fn item(&self, id: ItemId) -> Result<Option<QueueItem>>;
    /// The deliveries of a notification or the recipients of a mail, first to last.
    async fn items_of(&self, id: AnyId) -> Result<Vec<QueueItem>>;
    /// The flows that stand still.
    async fn list_pauses(&self) -> Result<Vec<Pause>>;

    /// What waits or failed, newest first.
    async fn queue_items(&self, filter: QueueFilter, page: Page) -> Result<Vec<QueueItem>> {
        let mut items = Vec::new();
        if filter.kind != Some(QueueKind::Recipient) && !filter.is_about_mail() {
            items.extend(self.delivery_items(&filter, &page).await?);
        }
        if filter.kind != Some(QueueKind::Delivery) {
            items.extend(self.recipient_items(&filter, &page).await?);
        }
        self.explained(newest(items, &page, |item| (item.queued_at, item.id))).await
    }

    /// One queued thing, whatever its state.
    async fn one_queue_item(&self, id: ItemId) -> Result<Option<QueueItem>> {
        let found = self.item(id).await?;
        Ok(self.explained(found.into_iter().collect()).await?.pop())
    }

    /// The deliveries of a notification or the recipients of a mail, whatever their states, first
    /// to last.
    async fn all_queue_items_of(&self, id: AnyId) -> Result<Vec<QueueItem>> {
        let items = self.items_of(id).await?;
        self.explained(items).await
    }

    /// Each with why it waits. The mode is looked at only for those that may wait for its end.
    async fn explained(&self, items: Vec<QueueItem>) -> Result<Vec<QueueItem>> {
        if items.is_empty() {
            return Ok(items);
        }
        let may_wait = items.iter().any(|item| item.class.is_some_and(is_asked_at_the_dot));
        let waiting = if may_wait { self.waiting_classes().await? } else { Vec::new() };
        let pauses = self.list_pauses().await?;
        Ok(items.into_iter().map(|item| item.explained(&pauses, &waiting)).collect())
    }

    /// The classes that wait for the end of the mode; none while the mode is unknown.
    async fn waiting_classes(&self) -> Result<Vec<Class>> {
        match self.mode().await {
            Ok(mode) => Ok(waiting_classes(&ModeView::Known(mode), self.unknown_kind())),
            Err(StoreError::WentBack { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
