//! How leases end and are renewed, inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::Lease;
use crate::store::error::Result;
use crate::store::postgres::row::{clean, clean_or_null, column, ids};
use crate::store::record::column::{lease_end, micros};
use crate::store::script::ledger::LeaseLedger;
use crate::store::script::row::{AttemptRow, Ended, Ending};
use async_trait::async_trait;
use jiff::Timestamp;

const END_HAND_OVER: &str =
    "UPDATE recipient SET state = $3, reason = coalesce($4, reason), next_at = $5, ended_at = $6, attempts = attempts - $7,
            lease = NULL, lease_until = NULL
      WHERE id = $1 AND lease = $2 AND state = 'handing_over'";

const END_DELIVERY: &str =
    "UPDATE delivery SET state = $3, reason = CASE WHEN $3 = 'delivered' THEN NULL ELSE coalesce($4, reason) END, next_at = $5,
            ended_at = $6, attempts = attempts - $7, maybe_sent = greatest(maybe_sent, $8), dot_at = NULL, lease = NULL, lease_until = NULL
      WHERE id = $1 AND lease = $2 AND state = 'sending'";

const RENEW_HAND_OVERS: &str = "UPDATE recipient SET lease_until = $1
  WHERE state = 'handing_over' AND lease_until >= $2 AND lease = ANY($3)";
const RENEW_DELIVERIES: &str =
    "UPDATE delivery SET lease_until = $1 WHERE state = 'sending' AND lease_until >= $2 AND lease = ANY($3)";

const ADD_ATTEMPTS: &str = "INSERT INTO attempt (item_id, number, started_at, ended_at, outcome, reply)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
     ON CONFLICT (item_id, number) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, reply = excluded.reply";

#[async_trait]
impl LeaseLedger for Ledger {
    async fn end(&mut self, ending: Ending) -> Result<bool> {
        let (statement, id, lease, state) = match &ending.row {
            Ended::Recipient(held, state) => (END_HAND_OVER, held.id.to_string(), held.lease, state.as_str()),
            Ended::Delivery(held, state) => (END_DELIVERY, held.id.to_string(), held.lease, state.as_str()),
        };
        let end = sqlx::query(statement)
            .bind(id)
            .bind(lease.to_string())
            .bind(state)
            .bind(clean_or_null(ending.reason.as_ref()))
            .bind(ending.next_at.map(micros))
            .bind(ending.ended_at().map(micros))
            .bind(ending.uncounted());
        let end = match ending.row {
            Ended::Recipient(..) => end,
            Ended::Delivery(..) => end.bind(i64::from(ending.is_maybe_sent())),
        };
        let is_held = self.changes_one(end).await?;
        ending.attempt.into_iter().filter(|_| is_held).for_each(|attempt| self.add_attempt(attempt));
        Ok(is_held)
    }

    async fn renew_hand_overs(&mut self, leases: &[Lease], now: Timestamp) -> Result<()> {
        renew(self, RENEW_HAND_OVERS, leases, now).await
    }

    async fn renew_deliveries(&mut self, leases: &[Lease], now: Timestamp) -> Result<()> {
        renew(self, RENEW_DELIVERIES, leases, now).await
    }

    fn add_attempt(&mut self, attempt: AttemptRow) {
        self.attempts.push(attempt);
    }
}

async fn renew(ledger: &mut Ledger, statement: &'static str, leases: &[Lease], now: Timestamp) -> Result<()> {
    ledger.execute(sqlx::query(statement).bind(lease_end(now)).bind(micros(now)).bind(ids(leases))).await.map(drop)
}

impl Ledger {
    /// Writes the attempts gathered so far, all in one statement.
    pub(super) async fn write_attempts(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.attempts);
        if rows.is_empty() {
            return Ok(());
        }
        let insert = sqlx::query(ADD_ATTEMPTS)
            .bind(column(&rows, |row| row.item_id.to_string()))
            .bind(column(&rows, |row| i64::from(row.number)))
            .bind(column(&rows, |row| micros(row.started_at)))
            .bind(column(&rows, |row| micros(row.ended_at)))
            .bind(column(&rows, |row| row.outcome.as_str()))
            .bind(column(&rows, |row| clean(&row.reply)));
        self.execute(insert).await.map(drop)
    }
}
