//! The brakes on guessing inside a transaction: SQL.

use super::Failing;
use super::ledger::Ledger;
use super::row::micros;
use crate::policy::brake::Tally;
use crate::store::brake::BrakeLedger;
use crate::store::error::Result;
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl BrakeLedger for Ledger {
    async fn tally(&mut self, subject: [u8; 32]) -> Result<Option<Tally>> {
        let find = sqlx::query("SELECT failures, free_at, kept_until FROM brake WHERE subject = $1");
        let row = find.bind(subject.as_slice()).fetch_optional(self.connection()).await.or_fail()?;
        row.map(|row| record::brake(&row)).transpose()
    }

    async fn write_tally(&mut self, subject: [u8; 32], tally: Tally) -> Result<()> {
        sqlx::query(
            "INSERT INTO brake (subject, failures, free_at, kept_until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (subject) DO UPDATE SET failures = $2, free_at = $3, kept_until = $4",
        )
        .bind(subject.as_slice())
        .bind(tally.failures)
        .bind(micros(tally.free_at))
        .bind(micros(tally.kept_until))
        .execute(self.connection())
        .await
        .or_fail()
        .map(drop)
    }

    async fn uncount(&mut self, subject: [u8; 32]) -> Result<()> {
        sqlx::query("UPDATE brake SET failures = failures - 1 WHERE subject = $1 AND failures > 0")
            .bind(subject.as_slice())
            .execute(self.connection())
            .await
            .or_fail()
            .map(drop)
    }

    async fn forget(&mut self, now: Timestamp) -> Result<()> {
        let forget = sqlx::query("DELETE FROM brake WHERE kept_until <= $1").bind(micros(now));
        forget.execute(self.connection()).await.or_fail().map(drop)
    }
}
