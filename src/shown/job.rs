//! A background job.

use super::made_from::made_from;
use crate::domain::job::Job;
use crate::store::job::{JobResult, JobState, ShownJob};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A background job and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BackgroundJob {
    /// The job's name.
    pub name: Job,
    /// What the job does.
    pub purpose: &'static str,
    /// The job's state.
    pub state: JobState,
    /// When it was paused; `null` if it is not.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub paused_at: Option<Timestamp>,
    /// The person or token that paused it.
    #[schema(required)]
    pub paused_by: Option<String>,
    /// When the last run began.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub last_started_at: Option<Timestamp>,
    /// When the last run ended.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub last_ended_at: Option<Timestamp>,
    /// The result of the last run.
    #[schema(required)]
    pub last_result: Option<JobResult>,
    /// The result in words.
    #[schema(required)]
    pub last_sentence: Option<String>,
    /// When the last successful run ended.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub last_succeeded_at: Option<Timestamp>,
    /// Failed runs in a row.
    pub failures: i64,
    /// When the next run is due; `null` while it is paused.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub next_at: Option<Timestamp>,
}

made_from! {
    ShownJob => BackgroundJob {
        name, purpose, state, paused_at, paused_by, last_started_at, last_ended_at, last_result,
        last_sentence, last_succeeded_at, failures, next_at
    }
}

impl BackgroundJob {
    /// The columns of a sheet: what moves comes first.
    pub const SHEET: &'static [&'static str] = &[
        "name",
        "state",
        "last_started_at",
        "last_ended_at",
        "last_result",
        "last_sentence",
        "last_succeeded_at",
        "failures",
        "next_at",
        "paused_at",
        "paused_by",
        "purpose",
    ];
}
