//! Background jobs: SQL.

use super::SqliteStore;
use super::row::micros;
use crate::domain::job::Job;
use crate::store::claim::Settled;
use crate::store::error::Result;
use crate::store::job::{JobRow, JobStore, JobTurn, TurnEnding};
use crate::store::record;
use crate::store::record::column::lease_end;
use crate::store::select::job_columns;
use async_trait::async_trait;
use jiff::Timestamp;

/// Only when no process began a turn since the caller looked: the turn's number tells.
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
const JOBS: &str = concat!("SELECT ", job_columns!(), " FROM job ORDER BY name");
const JOB: &str = concat!("SELECT ", job_columns!(), " FROM job WHERE name = $1");

#[async_trait]
impl JobStore for SqliteStore {
    async fn jobs(&self) -> Result<Vec<JobRow>> {
        self.rows(sqlx::query(JOBS)).await?.iter().map(record::job).collect()
    }

    async fn job(&self, job: Job) -> Result<JobRow> {
        record::job(&self.one(sqlx::query(JOB).bind(job.as_str())).await?)
    }

    async fn claim_turn(&self, row: &JobRow, due_by: Timestamp, now: Timestamp) -> Result<Option<JobTurn>> {
        let (job, last) = (row.name, row.turn);
        let claim = move || {
            let claim = sqlx::query(CLAIM).bind(job.as_str()).bind(last).bind(lease_end(now));
            claim.bind(micros(now)).bind(micros(due_by))
        };
        let claimed = self.execute(claim).await? == 1;
        Ok(claimed.then(|| JobTurn::new(job, last + 1)))
    }

    async fn renew_turn(&self, job: Job, number: i64, now: Timestamp) -> Result<()> {
        let renew = move || sqlx::query(RENEW).bind(job.as_str()).bind(number).bind(lease_end(now));
        self.execute(renew).await.map(drop)
    }

    async fn settle_turn(&self, turn: JobTurn, ending: TurnEnding, now: Timestamp) -> Result<Settled> {
        let settle = move || {
            let settle = sqlx::query(SETTLE).bind(turn.job.as_str()).bind(turn.number).bind(micros(now));
            settle.bind(ending.result.as_str()).bind(ending.sentence.clone()).bind(micros(ending.next_at))
        };
        let settled = self.execute(settle).await? == 1;
        Ok(if settled { Settled::Recorded } else { Settled::LeaseLost })
    }

    async fn pause_job(&self, job: Job, by: String, now: Timestamp) -> Result<JobRow> {
        self.execute(move || sqlx::query(PAUSE).bind(job.as_str()).bind(micros(now)).bind(by.clone())).await?;
        self.job(job).await
    }

    async fn resume_job(&self, job: Job, now: Timestamp) -> Result<JobRow> {
        self.execute(move || sqlx::query(RESUME).bind(job.as_str()).bind(micros(now))).await?;
        self.job(job).await
    }
}
