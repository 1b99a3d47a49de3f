//! How leases end and are renewed, inside a transaction: SQL.

use super::Ledger;
use super::fate::{Fate, id_of, lease_of};
use crate::domain::id::Lease;
use crate::store::error::Result;
use crate::store::record::column::{lease_end, micros};
use crate::store::script::ledger::LeaseLedger;
use crate::store::script::row::{AttemptRow, Ended, Ending};
use async_trait::async_trait;
use jiff::Timestamp;

/// A row that was found to be held needs no look at its lease.
const END_HAND_OVERS: &str =
    "UPDATE recipient SET state = $2, reason = coalesce($3, reason), next_at = $4, ended_at = $5, attempts = attempts - $6,
            lease = NULL, lease_until = NULL
      WHERE id IN (SELECT value FROM json_each($1)) AND ($7 IS NULL OR lease = $7 AND state = 'handing_over')";

const END_DELIVERIES: &str =
    "UPDATE delivery SET state = $2, reason = CASE WHEN $2 = 'delivered' THEN NULL ELSE coalesce($3, reason) END, next_at = $4,
            ended_at = $5, attempts = attempts - $6, maybe_sent = max(maybe_sent, $8), dot_at = NULL, lease = NULL, lease_until = NULL
      WHERE id IN (SELECT value FROM json_each($1)) AND ($7 IS NULL OR lease = $7 AND state = 'sending')";

const RENEW_HAND_OVERS: &str = "UPDATE recipient SET lease_until = $1
  WHERE state = 'handing_over' AND lease_until >= $2 AND lease IN (SELECT value FROM json_each($3))";
const RENEW_DELIVERIES: &str = "UPDATE delivery SET lease_until = $1
  WHERE state = 'sending' AND lease_until >= $2 AND lease IN (SELECT value FROM json_each($3))";

#[async_trait]
impl LeaseLedger for Ledger {
    async fn end(&mut self, ending: Ending) -> Result<bool> {
        let is_foreseen = match &ending.row {
            Ended::Recipient(held, _) => self.foreseen.recipients.remove(held),
            Ended::Delivery(held, _) => self.foreseen.deliveries.remove(held),
        };
        if is_foreseen {
            self.gathered.end(&ending);
        } else if !self.end_held(&ending).await? {
            return Ok(false);
        }
        ending.attempt.into_iter().for_each(|attempt| self.add_attempt(attempt));
        Ok(true)
    }

    async fn renew_hand_overs(&mut self, leases: &[Lease], now: Timestamp) -> Result<()> {
        renew(self, RENEW_HAND_OVERS, leases, now).await
    }

    async fn renew_deliveries(&mut self, leases: &[Lease], now: Timestamp) -> Result<()> {
        renew(self, RENEW_DELIVERIES, leases, now).await
    }

    fn add_attempt(&mut self, attempt: AttemptRow) {
        self.gathered.attempts.push(attempt);
    }
}

async fn renew(ledger: &mut Ledger, statement: &'static str, leases: &[Lease], now: Timestamp) -> Result<()> {
    let leases = serde_json::json!(leases).to_string();
    ledger.execute(sqlx::query(statement).bind(lease_end(now)).bind(micros(now)).bind(leases)).await.map(drop)
}

impl Ledger {
    /// Ends one lease if it is still held.
    async fn end_held(&mut self, ending: &Ending) -> Result<bool> {
        let (fate, lease) = (Fate::of(ending), lease_of(ending));
        Ok(self.end_alike(&fate, &[id_of(ending)], Some(lease)).await? == 1)
    }

    /// Ends the leases of rows that go on alike; with `lease`, only those it still holds.
    pub(super) async fn end_alike(&mut self, fate: &Fate, ids: &[String], lease: Option<Lease>) -> Result<u64> {
        let statement = if fate.is_delivery { END_DELIVERIES } else { END_HAND_OVERS };
        let end = sqlx::query(statement)
            .bind(serde_json::json!(ids).to_string())
            .bind(fate.state)
            .bind(fate.reason.as_deref())
            .bind(fate.next_at)
            .bind(fate.ended_at)
            .bind(fate.uncounted)
            .bind(lease.map(|lease| lease.to_string()));
        let end = if fate.is_delivery { end.bind(i64::from(fate.is_maybe_sent)) } else { end };
        self.execute(end).await
    }
}
