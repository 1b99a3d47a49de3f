//! Counting for the reports: the summary for whole hours, and the rows themselves for what is left
//! of the range at both ends.
//!
//! The triggers of `migrations/postgres/0008_summary.sql` append deltas in every transaction; a
//! count adds up what is not folded yet. Folding deletes what it adds, in one statement; an
//! advisory lock keeps it to one process at a time.

use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::desk::{IncomingFilter, Page, SuppressedFilter};
use crate::store::error::Result;
use crate::store::postgres::ledger::Ledger;
use crate::store::postgres::row::clean;
use crate::store::postgres::{PostgresStore, failed};
use crate::store::record;
use crate::store::record::column::Columns;
use crate::store::record::column::address_hash;
use crate::store::report::incoming::IncomingRows;
use crate::store::report::summary::{
    COUNTED, IncomingKey, Span, SummaryStore, SuppressedKey, Tally, Traffic, VersionChange, hour_of,
};
use crate::store::script::Fence;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;

const SUPPRESSED: &str = "WITH counted (kind, class, mode_version, hour, number) AS MATERIALIZED (
    SELECT kind, class, mode_version, hour, number FROM delivery_summary WHERE state = 'suppressed' AND hour >= $5 AND hour < $6
     UNION ALL
    SELECT kind, class, mode_version, hour, number FROM delivery_delta WHERE state = 'suppressed' AND hour >= $5 AND hour < $6
     UNION ALL
    SELECT kind, class, mode_version, suppressed_at / 3600000000, count(*) FROM delivery
     WHERE state = 'suppressed' AND suppressed_at >= $7 AND suppressed_at < $8 GROUP BY 1, 2, 3, 4
     UNION ALL
    SELECT kind, class, mode_version, suppressed_at / 3600000000, count(*) FROM delivery
     WHERE state = 'suppressed' AND suppressed_at >= $9 AND suppressed_at < $10 GROUP BY 1, 2, 3, 4)
 SELECT kind, class, mode_version, NULL::bigint AS hour, sum(number)::bigint AS number FROM counted
  GROUP BY kind, class, mode_version HAVING sum(number) <> 0
 UNION ALL
 SELECT NULL, NULL, NULL, hour, sum(number)::bigint FROM counted
  WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR class = $2) AND mode_version BETWEEN $3 AND $4
  GROUP BY hour HAVING sum(number) <> 0";

const SUPPRESSED_TO: &str = "WITH counted (kind, class, mode_version, hour, number) AS MATERIALIZED (
    SELECT kind, class, mode_version, suppressed_at / 3600000000, 1 FROM delivery
     WHERE recipient = $5 AND state = 'suppressed' AND suppressed_at >= $6 AND suppressed_at < $7
     ORDER BY suppressed_at DESC, id DESC LIMIT $8)
 SELECT kind, class, mode_version, NULL::bigint AS hour, sum(number)::bigint AS number FROM counted
  GROUP BY kind, class, mode_version HAVING sum(number) <> 0
 UNION ALL
 SELECT NULL, NULL, NULL, hour, sum(number)::bigint FROM counted
  WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR class = $2) AND mode_version BETWEEN $3 AND $4
  GROUP BY hour HAVING sum(number) <> 0";

// What is being handed over counts as waiting in the summary, and is told apart by its rows: no
// more than workers hold.
const INCOMING: &str = "WITH handing (intent, verdict, mode_version, hour) AS MATERIALIZED (
    SELECT intent, verdict, mode_version, received_at / 3600000000 FROM recipient
     WHERE state IN ('waiting', 'handing_over', 'held', 'failed') AND state = 'handing_over'
       AND received_at >= $6 * 3600000000 AND received_at < $7 * 3600000000),
 counted (intent, verdict, state, mode_version, hour, number) AS MATERIALIZED (
    SELECT intent, verdict, state, mode_version, hour, number FROM recipient_summary WHERE hour >= $6 AND hour < $7
     UNION ALL
    SELECT intent, verdict, state, mode_version, hour, number FROM recipient_delta WHERE hour >= $6 AND hour < $7
     UNION ALL
    SELECT intent, verdict, 'handing_over', mode_version, hour, 1 FROM handing
     UNION ALL
    SELECT intent, verdict, 'waiting', mode_version, hour, -1 FROM handing
     UNION ALL
    SELECT intent, verdict, state, mode_version, received_at / 3600000000, count(*) FROM recipient
     WHERE received_at >= $8 AND received_at < $9 GROUP BY 1, 2, 3, 4, 5
     UNION ALL
    SELECT intent, verdict, state, mode_version, received_at / 3600000000, count(*) FROM recipient
     WHERE received_at >= $10 AND received_at < $11 GROUP BY 1, 2, 3, 4, 5)
 SELECT intent, verdict, state, mode_version, NULL::bigint AS hour, sum(number)::bigint AS number FROM counted
  GROUP BY intent, verdict, state, mode_version HAVING sum(number) <> 0
 UNION ALL
 SELECT NULL, NULL, NULL, NULL, hour, sum(number)::bigint FROM counted
  WHERE ($1::text IS NULL OR intent = $1) AND ($2::text IS NULL OR verdict = $2) AND ($3::text IS NULL OR state = $3)
    AND mode_version BETWEEN $4 AND $5
  GROUP BY hour HAVING sum(number) <> 0";

const INCOMING_TO: &str = "WITH counted (intent, verdict, state, mode_version, hour, number) AS MATERIALIZED (
    SELECT intent, verdict, state, mode_version, received_at / 3600000000, 1 FROM recipient
     WHERE address_hash = $6 AND received_at >= $7 AND received_at < $8
     ORDER BY received_at DESC, id DESC LIMIT $9)
 SELECT intent, verdict, state, mode_version, NULL::bigint AS hour, sum(number)::bigint AS number FROM counted
  GROUP BY intent, verdict, state, mode_version HAVING sum(number) <> 0
 UNION ALL
 SELECT NULL, NULL, NULL, NULL, hour, sum(number)::bigint FROM counted
  WHERE ($1::text IS NULL OR intent = $1) AND ($2::text IS NULL OR verdict = $2) AND ($3::text IS NULL OR state = $3)
    AND mode_version BETWEEN $4 AND $5
  GROUP BY hour HAVING sum(number) <> 0";

const TRAFFIC: &str = "SELECT hour, verdict AS what, sum(number)::bigint AS number FROM (
    SELECT hour, verdict, number FROM recipient_summary WHERE hour BETWEEN $1 AND $2
     UNION ALL
    SELECT hour, verdict, number FROM recipient_delta WHERE hour BETWEEN $1 AND $2) AS came
  GROUP BY hour, verdict
 UNION ALL
 SELECT hour, state, sum(number)::bigint FROM (
    SELECT hour, state, number FROM delivery_summary
     WHERE state IN ('delivered', 'suppressed', 'failed') AND hour BETWEEN $1 AND $2
     UNION ALL
    SELECT hour, state, number FROM delivery_delta
     WHERE state IN ('delivered', 'suppressed', 'failed') AND hour BETWEEN $1 AND $2) AS went
  GROUP BY hour, state";

const VERSIONS: &str =
    "SELECT version, state, message, changed_at FROM mode_change WHERE version = ANY($1) ORDER BY version DESC";

/// The lock of the process that folds: `summary` in ASCII.
const KEY: i64 = 0x0073_756d_6d61_7279;
const ALONE: &str = "SELECT pg_try_advisory_xact_lock($1)::int::bigint AS alone";

// Each says how much it folded and in which hours a count came to nothing.
const FOLD_DELIVERIES: &str = "WITH taken AS (
    DELETE FROM delivery_delta WHERE ctid = ANY(ARRAY(SELECT ctid FROM delivery_delta LIMIT $1)) RETURNING *),
 added AS (
    INSERT INTO delivery_summary AS kept (state, hour, kind, class, mode_version, number)
    SELECT state, hour, kind, class, mode_version, sum(number) FROM taken GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (state, hour, kind, class, mode_version) DO UPDATE SET number = kept.number + excluded.number
    RETURNING hour, number)
 SELECT (SELECT count(*) FROM taken) AS folded, ARRAY(SELECT DISTINCT hour FROM added WHERE number = 0) AS emptied";
const FOLD_RECIPIENTS: &str = "WITH taken AS (
    DELETE FROM recipient_delta WHERE ctid = ANY(ARRAY(SELECT ctid FROM recipient_delta LIMIT $1)) RETURNING *),
 added AS (
    INSERT INTO recipient_summary AS kept (hour, intent, verdict, state, mode_version, number)
    SELECT hour, intent, verdict, state, mode_version, sum(number) FROM taken GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (hour, intent, verdict, state, mode_version) DO UPDATE SET number = kept.number + excluded.number
    RETURNING hour, number)
 SELECT (SELECT count(*) FROM taken) AS folded, ARRAY(SELECT DISTINCT hour FROM added WHERE number = 0) AS emptied";
const TIDY_DELIVERIES: &str = "DELETE FROM delivery_summary
  WHERE state IN ('delivered', 'suppressed', 'failed', 'expired', 'cancelled') AND hour = ANY($1) AND number = 0";
const TIDY_RECIPIENTS: &str = "DELETE FROM recipient_summary WHERE hour = ANY($1) AND number = 0";

#[async_trait]
impl SummaryStore for PostgresStore {
    async fn suppressed_tally(&self, filter: SuppressedFilter) -> Result<Tally<SuppressedKey>> {
        let (first, last) = filter.versions();
        let (span, is_one) = (Span::of(filter.since, filter.until), filter.recipient.is_some());
        let query = sqlx::query(if is_one { SUPPRESSED_TO } else { SUPPRESSED })
            .bind(filter.kind.as_deref().map(clean))
            .bind(filter.class.map(Class::as_str))
            .bind(first)
            .bind(last);
        let query = match &filter.recipient {
            Some(recipient) => query.bind(clean(recipient)).bind(span.head.0).bind(span.end()).bind(COUNTED),
            None => span.parts().into_iter().fold(query, |query, end| query.bind(end)),
        };
        Ok(record::tally(&self.rows(query).await?, record::suppressed_key)?.of_one(is_one))
    }

    async fn incoming_tally(&self, filter: IncomingFilter) -> Result<Tally<IncomingKey>> {
        if filter.is_sought() {
            let rows = self.incoming_part(filter.uncounted(), &Page { limit: COUNTED, after: None }).await?;
            return Ok(Tally::of_rows(&rows, &filter));
        }
        let (first, last) = filter.versions();
        let (span, is_one) = (Span::of(filter.since, filter.until), filter.recipient.is_some());
        let query = sqlx::query(if is_one { INCOMING_TO } else { INCOMING })
            .bind(filter.intent.map(Intent::as_str))
            .bind(filter.verdict.map(Verdict::as_str))
            .bind(filter.state.map(MailState::as_str))
            .bind(first)
            .bind(last);
        let query = match &filter.recipient {
            Some(address) => {
                query.bind(address_hash(address).to_vec()).bind(span.head.0).bind(span.end()).bind(COUNTED)
            }
            None => span.parts().into_iter().fold(query, |query, end| query.bind(end)),
        };
        Ok(record::tally(&self.rows(query).await?, record::incoming_key)?.of_one(is_one))
    }

    async fn version_changes(&self, versions: Vec<Version>) -> Result<Vec<VersionChange>> {
        let find = sqlx::query(VERSIONS).bind(versions.into_iter().map(|version| version.0).collect::<Vec<_>>());
        self.rows(find).await?.iter().map(record::version_change).collect()
    }

    async fn traffic(&self, now: Timestamp, hours: i64) -> Result<Vec<Traffic>> {
        let last = hour_of(now);
        let find = sqlx::query(TRAFFIC).bind(last.saturating_sub(hours).saturating_add(1)).bind(last);
        let rows = self.rows(find).await?;
        let found: Result<Vec<_>> = rows.iter().map(record::traffic).collect();
        Ok(Traffic::of(now, hours, &found?))
    }

    async fn fold_summary(&self, limit: i64) -> Result<bool> {
        self.write(Fence::Shared, move |ledger| Box::pin(async move { fold(ledger, limit).await })).await
    }
}

async fn fold(ledger: &mut Ledger, limit: i64) -> Result<bool> {
    let alone = ledger.row(sqlx::query(ALONE).bind(KEY)).await?;
    if alone.map_or(Ok(0), |row| row.number("alone"))? == 0 {
        return Ok(false);
    }
    let mut most = 0;
    for (fold, tidy) in [(FOLD_DELIVERIES, TIDY_DELIVERIES), (FOLD_RECIPIENTS, TIDY_RECIPIENTS)] {
        let Some(row) = ledger.row(sqlx::query(fold).bind(limit)).await? else { continue };
        most = row.number("folded")?.max(most);
        let emptied: Vec<i64> = row.try_get("emptied").map_err(failed)?;
        if !emptied.is_empty() {
            ledger.execute(sqlx::query(tidy).bind(emptied)).await?;
        }
    }
    Ok(most >= limit)
}
