//! Background jobs: SQL.

use super::ledger_mode::exactly_one;
use super::row::micros;
use super::{Failing, Query, SqliteStore};
use crate::domain::job::Job;
use crate::store::claim::Settled;
use crate::store::column::lease_end;
use crate::store::error::Result;
use crate::store::job::{JobRow, JobStore, JobTurn, TurnEnding};
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;

/// Only when nobody began a turn since the caller looked: the number says so.
const CLAIM: &str = "UPDATE job SET turn = turn + 1, lease_until = $3, last_started_at = $4
  WHERE name = $1 AND turn = $2 AND paused_at IS NULL AND (lease_until IS NULL OR lease_until <= $4) AND next_at <= $5";
const RENEW: &str = "UPDATE job SET lease_until = $3 WHERE name = $1 AND turn = $2 AND lease_until IS NOT NULL";
const SETTLE: &str =
    "UPDATE job SET lease_until = NULL, last_ended_at = $3, last_result = $4, last_sentence = $5, next_at = $6,
        last_succeeded_at = CASE WHEN $4 = 'ok' THEN $3 ELSE last_succeeded_at END,
        failures = CASE WHEN $4 = 'ok' THEN 0 ELSE failures + 1 END
  WHERE name = $1 AND turn = $2 AND lease_until IS NOT NULL";
const PAUSE: &str = "UPDATE job SET paused_at = $2, paused_by = $3 WHERE name = $1 AND paused_at IS NULL";
const RESUME: &str =
    "UPDATE job SET paused_at = NULL, paused_by = NULL, next_at = $2 WHERE name = $1 AND paused_at IS NOT NULL";
const JOBS: &str =
    "SELECT name, next_at, turn, lease_until, paused_at, paused_by, last_started_at, last_ended_at, last_result,
        last_sentence, last_succeeded_at, failures FROM job ORDER BY name";
const JOB: &str =
    "SELECT name, next_at, turn, lease_until, paused_at, paused_by, last_started_at, last_ended_at, last_result,
        last_sentence, last_succeeded_at, failures FROM job WHERE name = $1";

impl SqliteStore {
    /// Runs a statement about one job in a transaction: did it apply?
    async fn change_job<B>(&self, statement: &'static str, bind: B) -> Result<bool>
    where
        B: Fn(Query) -> Query + Send + Sync + 'static,
    {
        self.writer
            .write(0, move |ledger| {
                let query = bind(sqlx::query(statement));
                Box::pin(
                    async move { query.execute(ledger.connection()).await.or_fail().map(|done| exactly_one(&done)) },
                )
            })
            .await
    }
}

#[async_trait]
impl JobStore for SqliteStore {
    async fn jobs(&self) -> Result<Vec<JobRow>> {
        sqlx::query(JOBS).fetch_all(&self.readers).await.or_fail()?.iter().map(record::job).collect()
    }

    async fn job(&self, job: Job) -> Result<JobRow> {
        let row = sqlx::query(JOB).bind(job.as_str()).fetch_one(&self.readers).await.or_fail()?;
        record::job(&row)
    }

    async fn claim_turn(&self, row: &JobRow, due_by: Timestamp, now: Timestamp) -> Result<Option<JobTurn>> {
        let (job, last) = (row.name, row.turn);
        let bind = move |query: Query| {
            query.bind(job.as_str()).bind(last).bind(lease_end(now)).bind(micros(now)).bind(micros(due_by))
        };
        let claimed = self.change_job(CLAIM, bind).await?;
        Ok(claimed.then(|| JobTurn::new(job, last + 1)))
    }

    async fn renew_turn(&self, job: Job, number: i64, now: Timestamp) -> Result<()> {
        let bind = move |query: Query| query.bind(job.as_str()).bind(number).bind(lease_end(now));
        self.change_job(RENEW, bind).await.map(drop)
    }

    async fn settle_turn(&self, turn: JobTurn, ending: TurnEnding, now: Timestamp) -> Result<Settled> {
        let bind = move |query: Query| {
            let query = query.bind(turn.job.as_str()).bind(turn.number).bind(micros(now));
            query.bind(ending.result.as_str()).bind(ending.sentence.clone()).bind(micros(ending.next_at))
        };
        let settled = self.change_job(SETTLE, bind).await?;
        Ok(if settled { Settled::Recorded } else { Settled::LeaseLost })
    }

    async fn pause_job(&self, job: Job, by: String, now: Timestamp) -> Result<JobRow> {
        let bind = move |query: Query| query.bind(job.as_str()).bind(micros(now)).bind(by.clone());
        self.change_job(PAUSE, bind).await?;
        self.job(job).await
    }

    async fn resume_job(&self, job: Job, now: Timestamp) -> Result<JobRow> {
        self.change_job(RESUME, move |query: Query| query.bind(job.as_str()).bind(micros(now))).await?;
        self.job(job).await
    }
}
