//! Forgetting what duplicates are recognised by: idempotency keys with their answers, and the
//! contents of incoming mail.
//!
//! Neither counts any more after its seven days, whether forgotten or not: each look-up
//! compares its age. Forgetting keeps what is looked up at every mail and notification small.

use super::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// How long an idempotency key answers its first result, and a content is recognised.
pub const REMEMBERED: Duration = Duration::from_secs(7 * 86_400);

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Idempotency keys, with their answers.
    pub answers: u64,
    /// Contents of incoming mail.
    pub contents: u64,
}

/// Forgetting.
#[async_trait]
pub trait DedupStore: Send + Sync {
    /// Forgets what is from before `before`, the oldest first, at most `limit` of each.
    async fn forget(&self, before: Timestamp, limit: i64) -> Result<Forgotten>;
}
