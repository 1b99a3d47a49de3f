//! The report of incoming mail: SQL. One statement for each filter that leads, all of them bound
//! alike.

use crate::domain::mail::{Intent, MailState, Verdict};
use crate::store::desk::{IncomingFilter, IncomingMail, Page};
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::{Columns, address_hash, bare, key, micros};
use crate::store::report::IncomingLead;
use crate::store::report::incoming::IncomingRows;
use crate::store::select::incoming_columns;
use crate::store::sqlite::{Query, SqliteStore};
use async_trait::async_trait;

const BY_TIME: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_received
  WHERE (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9");
const TO_ONE: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_address
  WHERE address_hash = $10 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
  ORDER BY received_at DESC, id DESC LIMIT $9");
const OPEN: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_open
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = $6 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9");
const CANCELLED: &str = concat!(
    "SELECT ",
    incoming_columns!(),
    "
   FROM recipient INDEXED BY recipient_cancelled
  WHERE state = 'cancelled' AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND state = $6 AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9"
);
const OF_INTENT: &str = concat!(
    "SELECT ",
    incoming_columns!(),
    "
   FROM recipient INDEXED BY recipient_intent
  WHERE intent = $4 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9"
);
const OF_VERDICT: &str = concat!(
    "SELECT ",
    incoming_columns!(),
    "
   FROM recipient INDEXED BY recipient_verdict
  WHERE verdict = $5 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9"
);
// What is sought may come together; one of them leads.
const OF_MAIL: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_mail
  WHERE mail_id = $14 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($12 IS NULL OR trim(message_id, '<>') = $12) AND ($13 IS NULL OR mask = $13)
  ORDER BY received_at DESC, id DESC LIMIT $9");
const OF_MESSAGE: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_message_id
  WHERE message_id IS NOT NULL AND trim(message_id, '<>') = $12 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($13 IS NULL OR mask = $13) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9");
const FROM_ONE: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_sender
  WHERE coalesce(sender, '') = $11 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($12 IS NULL OR trim(message_id, '<>') = $12)
    AND ($13 IS NULL OR mask = $13) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9");
const TO_MASKED: &str = concat!("SELECT ", incoming_columns!(), "
   FROM recipient INDEXED BY recipient_mask
  WHERE mask = $13 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($12 IS NULL OR trim(message_id, '<>') = $12) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9");

/// The first and last hour in which the filter finds anything.
const HOURS: &str = "SELECT
    (SELECT hour FROM recipient_summary WHERE hour BETWEEN $1 AND $2 AND ($3 IS NULL OR intent = $3) AND ($4 IS NULL OR verdict = $4)
        AND ($5 IS NULL OR state = $5) AND mode_version BETWEEN $6 AND $7 AND number > 0 ORDER BY hour LIMIT 1) AS first,
    (SELECT hour FROM recipient_summary WHERE hour BETWEEN $1 AND $2 AND ($3 IS NULL OR intent = $3) AND ($4 IS NULL OR verdict = $4)
        AND ($5 IS NULL OR state = $5) AND mode_version BETWEEN $6 AND $7 AND number > 0 ORDER BY hour DESC LIMIT 1) AS last";

/// How many rows fit everything but the recipient.
const OTHERS: &str = "SELECT coalesce(sum(number), 0) AS number FROM recipient_summary
  WHERE hour BETWEEN $1 AND $2 AND ($3 IS NULL OR intent = $3) AND ($4 IS NULL OR verdict = $4) AND ($5 IS NULL OR state = $5)
    AND mode_version BETWEEN $6 AND $7";

#[async_trait]
impl IncomingRows for SqliteStore {
    async fn incoming_along(
        &self,
        lead: IncomingLead,
        filter: &IncomingFilter,
        page: &Page,
    ) -> Result<Vec<IncomingMail>> {
        let (time, id) = key(page, filter.until);
        let (first, last) = filter.versions();
        let statement = match lead {
            IncomingLead::Mail => OF_MAIL,
            IncomingLead::MessageId => OF_MESSAGE,
            IncomingLead::Sender => FROM_ONE,
            IncomingLead::MaskedRecipient => TO_MASKED,
            IncomingLead::Recipient => TO_ONE,
            IncomingLead::Open => OPEN,
            IncomingLead::Cancelled => CANCELLED,
            IncomingLead::Intent => OF_INTENT,
            IncomingLead::Verdict => OF_VERDICT,
            IncomingLead::Time => BY_TIME,
        };
        let query = sqlx::query(statement)
            .bind(time)
            .bind(id)
            .bind(filter.since.map_or(i64::MIN, micros))
            .bind(filter.intent.map(Intent::as_str))
            .bind(filter.verdict.map(Verdict::as_str))
            .bind(filter.state.map(MailState::as_str))
            .bind(first)
            .bind(last)
            .bind(page.limit)
            .bind(filter.recipient.as_deref().map(|address| address_hash(address).to_vec()));
        let query = match filter.is_sought() {
            true => query
                .bind(filter.sender.as_deref().map(bare))
                .bind(filter.message_id.as_deref().map(bare))
                .bind(filter.masked_recipient.as_deref())
                .bind(filter.mail_id.map(|id| id.to_string())),
            false => query,
        };
        self.rows(query).await?.iter().map(record::incoming).collect()
    }

    async fn incoming_hours(&self, filter: &IncomingFilter, page: &Page) -> Result<(Option<i64>, Option<i64>)> {
        let row = self.one(about(HOURS, filter, page)).await?;
        Ok((row.number_or_null("first")?, row.number_or_null("last")?))
    }

    async fn incoming_others(&self, filter: &IncomingFilter, page: &Page) -> Result<i64> {
        self.one(about(OTHERS, filter, page)).await?.number("number")
    }
}

/// A statement about the summary under this filter.
fn about(statement: &'static str, filter: &IncomingFilter, page: &Page) -> Query<'static> {
    let ((from, to), (first, last)) = (filter.hours(page), filter.versions());
    sqlx::query(statement)
        .bind(from)
        .bind(to)
        .bind(filter.intent.map(Intent::as_str))
        .bind(filter.verdict.map(Verdict::as_str))
        .bind(filter.counted_state().map(MailState::as_str))
        .bind(first)
        .bind(last)
}
