//! The brakes on guessing inside a transaction: SQL.

use super::Ledger;
use crate::policy::brake::Tally;
use crate::store::error::Result;
use crate::store::record;
use crate::store::record::column::micros;
use crate::store::script::brake::BrakeLedger;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl BrakeLedger for Ledger {
    async fn tally(&mut self, subject: [u8; 32]) -> Result<Option<Tally>> {
        let find = sqlx::query("SELECT failures, free_at, kept_until FROM brake WHERE subject = $1");
        self.row(find.bind(subject)).await?.map(|row| record::brake(&row)).transpose()
    }

    async fn write_tally(&mut self, subject: [u8; 32], tally: Tally) -> Result<()> {
        let write = sqlx::query(
            "INSERT INTO brake (subject, failures, free_at, kept_until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (subject) DO UPDATE SET failures = $2, free_at = $3, kept_until = $4",
        );
        let write = write.bind(subject).bind(tally.failures).bind(micros(tally.free_at)).bind(micros(tally.kept_until));
        self.execute(write).await.map(drop)
    }

    async fn uncount(&mut self, subject: [u8; 32]) -> Result<()> {
        let update = sqlx::query("UPDATE brake SET failures = failures - 1 WHERE subject = $1 AND failures > 0");
        self.execute(update.bind(subject)).await.map(drop)
    }

    async fn forget(&mut self, now: Timestamp) -> Result<()> {
        // One after the other: two tries that read the same tally would count as one.
        self.execute(sqlx::query("LOCK TABLE brake IN EXCLUSIVE MODE")).await?;
        self.execute(sqlx::query("DELETE FROM brake WHERE kept_until <= $1").bind(micros(now))).await.map(drop)
    }
}
