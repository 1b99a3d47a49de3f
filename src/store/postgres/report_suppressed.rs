//! The report of what the mode kept back: the list. One statement for each filter that leads ([`crate::store::lead`]), all of them bound alike.

use super::row::{Columns, clean, micros};
use super::{PostgresStore, Query};
use crate::domain::notification::Class;
use crate::store::column::key;
use crate::store::desk::{Page, SuppressedFilter, SuppressedMail};
use crate::store::error::Result;
use crate::store::lead::SuppressedLead;
use crate::store::record;
use sqlx::postgres::PgRow;

const BY_TIME: &str = "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR d.class = $5) AND d.mode_version + 0 BETWEEN $6 AND $7
    AND ($9::text IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";
// Told apart in the index, which holds what is filtered by; only what is shown is read.
const TO_ONE: &str = "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM (SELECT id FROM delivery
          WHERE recipient = $9 AND state = 'suppressed' AND (suppressed_at, id) < ($1, $2) AND suppressed_at >= $3
            AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR class = $5) AND mode_version + 0 BETWEEN $6 AND $7
          ORDER BY suppressed_at DESC, id DESC LIMIT $8) AS found
   JOIN delivery d ON d.id = found.id JOIN notification n ON n.id = d.notification_id
  ORDER BY d.suppressed_at DESC, d.id DESC";
const TO_ONE_OF_KIND: &str = "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM (SELECT id FROM delivery
          WHERE recipient = $9 AND kind = $4 AND state = 'suppressed' AND (suppressed_at, id) < ($1, $2) AND suppressed_at >= $3
            AND ($5::text IS NULL OR class = $5) AND mode_version + 0 BETWEEN $6 AND $7
          ORDER BY suppressed_at DESC, id DESC LIMIT $8) AS found
   JOIN delivery d ON d.id = found.id JOIN notification n ON n.id = d.notification_id
  ORDER BY d.suppressed_at DESC, d.id DESC";
const OF_KIND: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.kind = $4 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($5::text IS NULL OR d.class = $5) AND d.mode_version + 0 BETWEEN $6 AND $7
    AND ($9::text IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";
const OF_CLASS: &str =
    "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.class = $5 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4::text IS NULL OR d.kind = $4) AND d.mode_version + 0 BETWEEN $6 AND $7
    AND ($9::text IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";
const OF_VERSION: &str = "SELECT d.id, d.notification_id, d.kind, n.title, d.class, d.recipient, n.subject, n.reference, d.reason,
        d.mode_version, d.enqueued_at, d.suppressed_at, (n.raw IS NOT NULL)::int::bigint AS has_body
   FROM delivery d JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.mode_version = $6 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR d.class = $5) AND d.mode_version + 0 BETWEEN $6 AND $7
    AND ($9::text IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8";

/// The first and last hour in which the filter finds anything.
const HOURS: &str = "WITH delta AS MATERIALIZED (
    SELECT min(hour) AS first, max(hour) AS last FROM delivery_delta WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2
       AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR class = $4) AND mode_version BETWEEN $5 AND $6 AND number > 0)
 SELECT least(first, (SELECT hour FROM delivery_summary WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2
            AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR class = $4) AND mode_version BETWEEN $5 AND $6 AND number > 0
          ORDER BY hour LIMIT 1)) AS first,
        greatest(last, (SELECT hour FROM delivery_summary WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2
            AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR class = $4) AND mode_version BETWEEN $5 AND $6 AND number > 0
          ORDER BY hour DESC LIMIT 1)) AS last
   FROM delta";
/// How many rows fit everything but the recipient.
const OTHERS: &str = "SELECT coalesce(sum(number), 0)::bigint AS number FROM (
    SELECT number FROM delivery_summary
     WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR class = $4)
       AND mode_version BETWEEN $5 AND $6
     UNION ALL
    SELECT number FROM delivery_delta
     WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR class = $4)
       AND mode_version BETWEEN $5 AND $6) AS counted";
/// The kinds that its class has in these hours.
const KINDS: &str = "SELECT kind FROM delivery_summary
  WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3::text IS NULL OR kind = $3) AND class = $4
    AND mode_version BETWEEN $5 AND $6 AND number > 0
 UNION
 SELECT kind FROM delivery_delta
  WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3::text IS NULL OR kind = $3) AND class = $4
    AND mode_version BETWEEN $5 AND $6 AND number > 0";
/// Versions follow each other in time, so all that one suppressed lies between its first and its last.
const VERSION_SPAN: &str = "SELECT
    (SELECT suppressed_at FROM delivery WHERE state = 'suppressed' AND mode_version = $1 ORDER BY suppressed_at LIMIT 1) AS first,
    (SELECT suppressed_at FROM delivery WHERE state = 'suppressed' AND mode_version = $1 ORDER BY suppressed_at DESC LIMIT 1) AS last";

impl PostgresStore {
    pub(super) async fn list_suppressed(&self, filter: SuppressedFilter, page: Page) -> Result<Vec<SuppressedMail>> {
        let Some(filter) = self.narrowed_suppressed(filter, &page).await? else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        for part in self.suppressed_parts(filter, &page).await? {
            rows.extend(self.suppressed_part(part, &page).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.suppressed_at, row.id)));
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The filter in parts that each have a lead.
    async fn suppressed_parts(&self, filter: SuppressedFilter, page: &Page) -> Result<Vec<SuppressedFilter>> {
        if !filter.asks_for_kinds() {
            return Ok(vec![filter]);
        }
        let rows = self.rows(about(KINDS, &filter, page)).await?;
        let kinds: Result<Vec<_>> = rows.iter().map(|row| row.text("kind")).collect();
        Ok(filter.of_kinds(kinds?))
    }

    async fn suppressed_part(&self, filter: SuppressedFilter, page: &Page) -> Result<Vec<SuppressedMail>> {
        let (time, id) = key(page, filter.until);
        let (first, last) = filter.versions();
        let statement = match self.suppressed_lead(&filter, page).await? {
            SuppressedLead::Recipient => TO_ONE,
            SuppressedLead::RecipientKind => TO_ONE_OF_KIND,
            SuppressedLead::Kind => OF_KIND,
            SuppressedLead::Class => OF_CLASS,
            SuppressedLead::Version => OF_VERSION,
            SuppressedLead::Time => BY_TIME,
        };
        let query = sqlx::query(statement)
            .bind(time)
            .bind(id)
            .bind(filter.since.map_or(i64::MIN, micros))
            .bind(filter.kind.as_deref().map(clean))
            .bind(filter.class.map(Class::as_str))
            .bind(first)
            .bind(last)
            .bind(page.limit)
            .bind(filter.recipient.as_deref().map(clean));
        self.rows(query).await?.iter().map(record::suppressed).collect()
    }

    /// The filter with the range of time in which it finds anything; `None` when it finds nothing.
    async fn narrowed_suppressed(&self, filter: SuppressedFilter, page: &Page) -> Result<Option<SuppressedFilter>> {
        if !filter.is_compound() {
            return Ok(Some(filter));
        }
        let (first, last) = filter.versions();
        let row = self.counted_suppressed(HOURS, &filter, page).await?;
        let Some(narrowed) = filter.within_hours(row.number_or_null("first")?, row.number_or_null("last")?) else {
            return Ok(None);
        };
        if first != last {
            return Ok(Some(narrowed));
        }
        let row = self.one(sqlx::query(VERSION_SPAN).bind(first)).await?;
        Ok(narrowed.within(row.time_or_null("first")?, row.time_or_null("last")?))
    }

    /// Which filter leads.
    async fn suppressed_lead(&self, filter: &SuppressedFilter, page: &Page) -> Result<SuppressedLead> {
        if !filter.is_undecided() {
            return Ok(filter.lead());
        }
        let row = self.counted_suppressed(OTHERS, filter, page).await?;
        Ok(filter.lead_of(row.number("number")?))
    }

    /// The row of a statement about the summary under this filter.
    async fn counted_suppressed(
        &self,
        statement: &'static str,
        filter: &SuppressedFilter,
        page: &Page,
    ) -> Result<PgRow> {
        self.one(about(statement, filter, page)).await
    }
}

/// A statement about the summary under this filter.
fn about<'a>(statement: &'static str, filter: &'a SuppressedFilter, page: &Page) -> Query<'a> {
    let ((from, to), (first, last)) = (filter.hours(page), filter.versions());
    sqlx::query(statement)
        .bind(from)
        .bind(to)
        .bind(filter.kind.as_deref().map(clean))
        .bind(filter.class.map(Class::as_str))
        .bind(first)
        .bind(last)
}
