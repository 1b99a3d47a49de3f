//! The report of incoming mail: the list. One statement for each filter that leads ([`crate::store::lead`]), all of them bound alike.

use super::row::{Columns, micros};
use super::{Failing, SqliteStore};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::store::admit::address_hash;
use crate::store::column::{bare, key};
use crate::store::desk::{IncomingFilter, IncomingMail, Page};
use crate::store::error::Result;
use crate::store::lead::IncomingLead;
use crate::store::record;
use sqlx::sqlite::SqliteRow;

const BY_TIME: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_received
  WHERE (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const TO_ONE: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_address
  WHERE address_hash = $10 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
  ORDER BY received_at DESC, id DESC LIMIT $9";
const OPEN: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_open
  WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = $6 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const CANCELLED: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_cancelled
  WHERE state = 'cancelled' AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND state = $6 AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const OF_INTENT: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_intent
  WHERE intent = $4 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const OF_VERDICT: &str =
    "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_verdict
  WHERE verdict = $5 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10)
  ORDER BY received_at DESC, id DESC LIMIT $9";
// What is sought may come together; one of them leads.
const OF_MAIL: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_mail
  WHERE mail_id = $14 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($12 IS NULL OR trim(message_id, '<>') = $12) AND ($13 IS NULL OR mask = $13)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const OF_MESSAGE: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_message_id
  WHERE message_id IS NOT NULL AND trim(message_id, '<>') = $12 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($13 IS NULL OR mask = $13) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const FROM_ONE: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_sender
  WHERE coalesce(sender, '') = $11 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($12 IS NULL OR trim(message_id, '<>') = $12)
    AND ($13 IS NULL OR mask = $13) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9";
const TO_MASKED: &str = "SELECT id, mail_id, received_at, client, sender, mask, intent, verdict, reply, mode_version, state, size_bytes,
        message_id, reason
   FROM recipient INDEXED BY recipient_mask
  WHERE mask = $13 AND (received_at, id) < ($1, $2) AND received_at >= $3
    AND ($4 IS NULL OR intent = $4) AND ($5 IS NULL OR verdict = $5) AND ($6 IS NULL OR state = $6) AND mode_version BETWEEN $7 AND $8
    AND ($10 IS NULL OR address_hash = $10) AND ($11 IS NULL OR coalesce(sender, '') = $11)
    AND ($12 IS NULL OR trim(message_id, '<>') = $12) AND ($14 IS NULL OR mail_id = $14)
  ORDER BY received_at DESC, id DESC LIMIT $9";

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

impl SqliteStore {
    pub(super) async fn list_incoming(&self, filter: IncomingFilter, page: Page) -> Result<Vec<IncomingMail>> {
        let mut rows = Vec::new();
        for part in filter.parts() {
            rows.extend(self.incoming_part(part, &page).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.received_at, row.id)));
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// One part of the list, along what leads.
    pub(super) async fn incoming_part(&self, filter: IncomingFilter, page: &Page) -> Result<Vec<IncomingMail>> {
        let Some(filter) = self.narrowed_incoming(filter, page).await? else { return Ok(Vec::new()) };
        let (time, id) = key(page, filter.until);
        let (first, last) = filter.versions();
        let statement = match self.incoming_lead(&filter, page).await? {
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
        query.fetch_all(&self.readers).await.or_fail()?.iter().map(record::incoming).collect()
    }

    /// The filter with the range of time in which it finds anything; `None` when it finds nothing.
    async fn narrowed_incoming(&self, filter: IncomingFilter, page: &Page) -> Result<Option<IncomingFilter>> {
        if !filter.is_compound() {
            return Ok(Some(filter));
        }
        let row = self.counted_incoming(HOURS, &filter, page).await?;
        Ok(filter.within_hours(row.number_or_null("first")?, row.number_or_null("last")?))
    }

    /// Which filter leads: a busy recipient only when the others leave more than a few rows.
    async fn incoming_lead(&self, filter: &IncomingFilter, page: &Page) -> Result<IncomingLead> {
        if !filter.is_undecided() {
            return Ok(filter.lead());
        }
        let row = self.counted_incoming(OTHERS, filter, page).await?;
        Ok(filter.lead_of(row.number("number")?))
    }

    /// The row of a statement about the summary under this filter.
    async fn counted_incoming(
        &self,
        statement: &'static str,
        filter: &IncomingFilter,
        page: &Page,
    ) -> Result<SqliteRow> {
        let ((from, to), (first, last)) = (filter.hours(page), filter.versions());
        let find = sqlx::query(statement)
            .bind(from)
            .bind(to)
            .bind(filter.intent.map(Intent::as_str))
            .bind(filter.verdict.map(Verdict::as_str))
            .bind(filter.counted_state().map(MailState::as_str))
            .bind(first)
            .bind(last);
        find.fetch_one(&self.readers).await.or_fail()
    }
}
