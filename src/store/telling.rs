//! What the application behind a webhook was told last about the mode, and which process tells it.
//!
//! One process at a time holds the lease on a webhook and tells; when it dies, another goes on
//! after [`LEASE`]. What was told is recorded after the application said yes, so that a crash in
//! between tells it twice, never not at all.

use super::error::Result;
use crate::domain::id::Lease;
use crate::domain::mode::Version;
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// How long a process may tell without saying that it is still there. Longer than one try may take.
pub const LEASE: Duration = Duration::from_secs(30);

/// Which webhook: the SHA-256 of its URL, which may hold a token.
pub type Webhook = [u8; 32];

/// What is on record about a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The version it was told last; [`Version::NONE`] when none.
    pub version: Version,
    /// When.
    pub told_at: Option<Timestamp>,
    /// Failures in a row since.
    pub failures: i64,
    /// Why the last try failed.
    pub reason: Option<String>,
}

/// What applications were told.
#[async_trait]
pub trait TellingStore: Send + Sync {
    /// Takes the lease on a webhook, or renews one's own: the version told last. `None` while
    /// another process has it.
    async fn claim_telling(&self, webhook: Webhook, lease: Lease, now: Timestamp) -> Result<Option<Version>>;

    /// Records that `version` was told; false when the lease was not ours any more.
    async fn settle_telling(&self, webhook: Webhook, lease: Lease, version: Version, now: Timestamp) -> Result<bool>;

    /// Records a failed try; false when the lease was not ours any more.
    async fn fail_telling(&self, webhook: Webhook, lease: Lease, reason: String) -> Result<bool>;

    /// Gives the lease back, so that another process need not wait for its end.
    async fn release_telling(&self, webhook: Webhook, lease: Lease) -> Result<()>;

    /// What is on record about a webhook.
    async fn told(&self, webhook: Webhook) -> Result<Option<Told>>;
}
