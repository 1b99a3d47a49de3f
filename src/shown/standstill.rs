//! A flow that stands still.

use super::made_from::made_from;
use crate::store::desk::{self, Cause, Flow};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A flow that is paused because the other side accepts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pause {
    /// The paused flow.
    pub flow: Flow,
    /// The cause as a code.
    pub cause: Cause,
    /// The cause in words.
    #[schema(examples("connection refused"))]
    pub reason: String,
    /// When the pause began.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub since: Timestamp,
    /// When the next attempt is due.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub until: Timestamp,
    /// Failures in a row.
    #[schema(examples(3))]
    pub failures: i64,
}

made_from! { desk::Pause => Pause { flow, cause, reason, since, until, failures } }
