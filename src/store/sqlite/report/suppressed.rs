//! The report of what the mode kept back: SQL. One statement for each filter that leads, all of
//! them bound alike.

use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::desk::{Page, SuppressedFilter, SuppressedMail};
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::{Columns, key, micros};
use crate::store::report::SuppressedLead;
use crate::store::report::suppressed::SuppressedRows;
use crate::store::select::suppressed_columns;
use crate::store::sqlite::{Query, SqliteStore};
use async_trait::async_trait;
use jiff::Timestamp;

const BY_TIME: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d INDEXED BY delivery_suppressed JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4 IS NULL OR d.kind = $4) AND ($5 IS NULL OR d.class = $5) AND +d.mode_version BETWEEN $6 AND $7
    AND ($9 IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8"
);
const TO_ONE: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d INDEXED BY delivery_recipient JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.recipient = $9 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4 IS NULL OR d.kind = $4) AND ($5 IS NULL OR d.class = $5) AND +d.mode_version BETWEEN $6 AND $7
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8"
);
const TO_ONE_OF_KIND: &str =
    concat!("SELECT ", suppressed_columns!(), "
   FROM delivery d INDEXED BY delivery_recipient_kind JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.recipient = $9 AND d.kind = $4 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($5 IS NULL OR d.class = $5) AND +d.mode_version BETWEEN $6 AND $7
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8");
const OF_KIND: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d INDEXED BY delivery_kind JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.kind = $4 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($5 IS NULL OR d.class = $5) AND +d.mode_version BETWEEN $6 AND $7
    AND ($9 IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8"
);
const OF_CLASS: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d INDEXED BY delivery_class JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.class = $5 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4 IS NULL OR d.kind = $4) AND +d.mode_version BETWEEN $6 AND $7
    AND ($9 IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8"
);
const OF_VERSION: &str = concat!(
    "SELECT ",
    suppressed_columns!(),
    "
   FROM delivery d INDEXED BY delivery_version JOIN notification n ON n.id = d.notification_id
  WHERE d.state = 'suppressed' AND d.mode_version = $6 AND (d.suppressed_at, d.id) < ($1, $2) AND d.suppressed_at >= $3
    AND ($4 IS NULL OR d.kind = $4) AND ($5 IS NULL OR d.class = $5) AND +d.mode_version BETWEEN $6 AND $7
    AND ($9 IS NULL OR d.recipient = $9)
  ORDER BY d.suppressed_at DESC, d.id DESC LIMIT $8"
);

/// The first and last hour in which the filter finds anything.
const HOURS: &str = "SELECT
    (SELECT hour FROM delivery_summary WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3 IS NULL OR kind = $3)
        AND ($4 IS NULL OR class = $4) AND mode_version BETWEEN $5 AND $6 AND number > 0 ORDER BY hour LIMIT 1) AS first,
    (SELECT hour FROM delivery_summary WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3 IS NULL OR kind = $3)
        AND ($4 IS NULL OR class = $4) AND mode_version BETWEEN $5 AND $6 AND number > 0 ORDER BY hour DESC LIMIT 1) AS last";
/// How many rows fit everything but the recipient.
const OTHERS: &str = "SELECT coalesce(sum(number), 0) AS number FROM delivery_summary
  WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR class = $4)
    AND mode_version BETWEEN $5 AND $6";
/// The kinds that its class has in these hours.
const KINDS: &str = "SELECT DISTINCT kind FROM delivery_summary
  WHERE state = 'suppressed' AND hour BETWEEN $1 AND $2 AND ($3 IS NULL OR kind = $3) AND class = $4
    AND mode_version BETWEEN $5 AND $6 AND number > 0";
/// Versions follow each other in time, so all that one suppressed lies between its first and its
/// last.
const VERSION_SPAN: &str = "SELECT
    (SELECT suppressed_at FROM delivery WHERE state = 'suppressed' AND mode_version = $1 ORDER BY suppressed_at LIMIT 1) AS first,
    (SELECT suppressed_at FROM delivery WHERE state = 'suppressed' AND mode_version = $1 ORDER BY suppressed_at DESC LIMIT 1) AS last";

#[async_trait]
impl SuppressedRows for SqliteStore {
    async fn suppressed_along(
        &self,
        lead: SuppressedLead,
        filter: &SuppressedFilter,
        page: &Page,
    ) -> Result<Vec<SuppressedMail>> {
        let (time, id) = key(page, filter.until);
        let (first, last) = filter.versions();
        let statement = match lead {
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
            .bind(&filter.kind)
            .bind(filter.class.map(Class::as_str))
            .bind(first)
            .bind(last)
            .bind(page.limit)
            .bind(&filter.recipient);
        self.rows(query).await?.iter().map(record::suppressed).collect()
    }

    async fn suppressed_hours(&self, filter: &SuppressedFilter, page: &Page) -> Result<(Option<i64>, Option<i64>)> {
        let row = self.one(about(HOURS, filter, page)).await?;
        Ok((row.number_or_null("first")?, row.number_or_null("last")?))
    }

    async fn suppressed_others(&self, filter: &SuppressedFilter, page: &Page) -> Result<i64> {
        self.one(about(OTHERS, filter, page)).await?.number("number")
    }

    async fn suppressed_kinds(&self, filter: &SuppressedFilter, page: &Page) -> Result<Vec<String>> {
        self.rows(about(KINDS, filter, page)).await?.iter().map(|row| row.text("kind")).collect()
    }

    async fn suppressed_span(&self, version: Version) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let row = self.one(sqlx::query(VERSION_SPAN).bind(version.0)).await?;
        Ok((row.time_or_null("first")?, row.time_or_null("last")?))
    }
}

/// A statement about the summary under this filter.
fn about(statement: &'static str, filter: &SuppressedFilter, page: &Page) -> Query<'static> {
    let ((from, to), (first, last)) = (filter.hours(page), filter.versions());
    sqlx::query(statement)
        .bind(from)
        .bind(to)
        .bind(filter.kind.clone())
        .bind(filter.class.map(Class::as_str))
        .bind(first)
        .bind(last)
}
