//! The job `summary_upkeep`: keeps the summary behind the reports small. No count changes by it, so it may be late, pause or fail.

use crate::store::Store;
use crate::store::error::Result;
use std::sync::Arc;
use std::time::Duration;

/// At most so many deltas in one turn: some ten milliseconds of the database's time.
const LIMIT: i64 = 5000;
/// Between two turns when there is nothing left to do. A count reads what is not folded yet, so this bounds how much that is.
pub const TURN: Duration = Duration::from_secs(5);

/// One turn; is more left?
///
/// # Errors
/// When the store cannot be reached; the next turn does what this one did not.
pub async fn tick(store: &Arc<dyn Store>) -> Result<bool> {
    store.fold_summary(LIMIT).await
}
