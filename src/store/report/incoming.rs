//! The report of incoming mail: the list, along the filter that leads.

use super::leading_index::IncomingLead;
use super::newest;
use crate::store::desk::{IncomingFilter, IncomingMail, Page};
use crate::store::error::Result;
use async_trait::async_trait;

/// Incoming mail, over the rows of one kind of store.
#[async_trait]
pub trait IncomingRows: Send + Sync {
    /// The rows of the statement for this lead.
    async fn incoming_along(
        &self,
        lead: IncomingLead,
        filter: &IncomingFilter,
        page: &Page,
    ) -> Result<Vec<IncomingMail>>;
    /// The first and last hour in which the filter finds anything.
    async fn incoming_hours(&self, filter: &IncomingFilter, page: &Page) -> Result<(Option<i64>, Option<i64>)>;
    /// How many rows fit everything but the recipient.
    async fn incoming_others(&self, filter: &IncomingFilter, page: &Page) -> Result<i64>;

    /// The list, newest first.
    async fn list_incoming(&self, filter: IncomingFilter, page: Page) -> Result<Vec<IncomingMail>> {
        let mut rows = Vec::new();
        for part in filter.parts() {
            rows.extend(self.incoming_part(part, &page).await?);
        }
        Ok(newest(rows, &page, |row| (row.received_at, row.id)))
    }

    /// One part of the list: narrowed to the time in which it finds anything, along what leads.
    async fn incoming_part(&self, filter: IncomingFilter, page: &Page) -> Result<Vec<IncomingMail>> {
        let filter = if filter.is_compound() {
            let (first, last) = self.incoming_hours(&filter, page).await?;
            let Some(narrowed) = filter.within_hours(first, last) else { return Ok(Vec::new()) };
            narrowed
        } else {
            filter
        };
        let lead = match filter.is_undecided() {
            true => filter.lead_of(self.incoming_others(&filter, page).await?),
            false => filter.lead(),
        };
        self.incoming_along(lead, &filter, page).await
    }
}
