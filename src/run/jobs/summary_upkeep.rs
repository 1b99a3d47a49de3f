//! Upkeep of the summary: keeps what the reports count from small. No count changes by it, so it may be late, pause or fail.

use super::work::{Done, Failure, Rest, Turn, Work};
use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// At most so many deltas in one step: some ten milliseconds of the database's time.
const LIMIT: i64 = 5000;
/// Between two turns. A count reads what is not folded yet, so this bounds how much that is.
pub const PERIOD: Duration = Duration::from_secs(10);

/// The work of the upkeep.
pub struct Fold {
    store: Arc<dyn Store>,
}

impl Fold {
    pub fn new(store: &Arc<dyn Store>) -> Self {
        Self { store: Arc::clone(store) }
    }
}

#[async_trait]
impl Work for Fold {
    async fn turn(&self, turn: &Turn) -> Result<Done, Failure> {
        let mut steps = 1;
        while self.store.fold_summary(LIMIT).await? {
            if !turn.goes_on().await {
                return Ok(Done {
                    sentence: format!("Folded {steps} times {LIMIT} changes; more are left"),
                    rest: Rest::Some,
                });
            }
            steps += 1;
        }
        let counted = if steps == 1 { "one step".to_owned() } else { format!("{steps} steps") };
        Ok(Done { sentence: format!("Folded what had changed, in {counted}"), rest: Rest::Nothing })
    }
}
