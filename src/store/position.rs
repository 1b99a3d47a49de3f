//! Where a store stands that replicates itself: what an operator compares in a failover.

use super::error::Result;
use async_trait::async_trait;

/// How far the store's log has come, and whether a second machine has it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The end of PostgreSQL's write-ahead log (LSN), as `pg_controldata` and standbys write it:
    /// `0/3019548`.
    pub lsn: String,
    /// Whether a commit waits for a standby (`synchronous_standby_names` and `synchronous_commit`).
    pub waits_for_standby: bool,
}

/// The position of a store.
#[async_trait]
pub trait PositionStore: Send + Sync {
    /// Where it stands; `None` when it is one file on one machine.
    async fn position(&self) -> Result<Option<Position>>;
}
