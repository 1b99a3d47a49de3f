//! The report of what the mode kept back: the list, along the filter that leads.

use super::leading_index::SuppressedLead;
use super::newest;
use crate::domain::mode::Version;
use crate::store::desk::{Page, SuppressedFilter, SuppressedMail};
use crate::store::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

/// Suppressed deliveries, over the rows of one kind of store.
#[async_trait]
pub trait SuppressedRows: Send + Sync {
    /// The rows of the statement for this lead.
    async fn suppressed_along(
        &self,
        lead: SuppressedLead,
        filter: &SuppressedFilter,
        page: &Page,
    ) -> Result<Vec<SuppressedMail>>;
    /// The first and last hour in which the filter finds anything.
    async fn suppressed_hours(&self, filter: &SuppressedFilter, page: &Page) -> Result<(Option<i64>, Option<i64>)>;
    /// How many rows fit everything but the recipient.
    async fn suppressed_others(&self, filter: &SuppressedFilter, page: &Page) -> Result<i64>;
    /// The kinds that its class has in these hours.
    async fn suppressed_kinds(&self, filter: &SuppressedFilter, page: &Page) -> Result<Vec<String>>;
    /// When a version suppressed first and last: versions follow each other in time, so all that
    /// one did lies between.
    async fn suppressed_span(&self, version: Version) -> Result<(Option<Timestamp>, Option<Timestamp>)>;

    /// The list, newest first.
    async fn list_suppressed(&self, filter: SuppressedFilter, page: Page) -> Result<Vec<SuppressedMail>> {
        let Some(filter) = self.narrowed_suppressed(filter, &page).await? else { return Ok(Vec::new()) };
        let parts = match filter.asks_for_kinds() {
            true => {
                let kinds = self.suppressed_kinds(&filter, &page).await?;
                filter.of_kinds(kinds)
            }
            false => vec![filter],
        };
        let mut rows = Vec::new();
        for part in parts {
            let lead = match part.is_undecided() {
                true => part.lead_of(self.suppressed_others(&part, &page).await?),
                false => part.lead(),
            };
            rows.extend(self.suppressed_along(lead, &part, &page).await?);
        }
        Ok(newest(rows, &page, |row| (row.suppressed_at, row.id)))
    }

    /// The filter with the range of time in which it finds anything; `None` when it finds nothing.
    async fn narrowed_suppressed(&self, filter: SuppressedFilter, page: &Page) -> Result<Option<SuppressedFilter>> {
        if !filter.is_compound() {
            return Ok(Some(filter));
        }
        let (first, last) = self.suppressed_hours(&filter, page).await?;
        let Some(narrowed) = filter.within_hours(first, last) else { return Ok(None) };
        match narrowed.versions() {
            (version, last) if version == last => {
                let (first, last) = self.suppressed_span(Version(version)).await?;
                Ok(narrowed.within(first, last))
            }
            _ => Ok(Some(narrowed)),
        }
    }
}
