//! Upkeep of the summary: keeps the table that the reports count from small. It changes no count,
//! so it may be late, paused or failing.

use super::work::{Done, Failure, Rest, Turn, Work};
use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Most deltas in one step: about ten milliseconds of database time.
const LIMIT: i64 = 5000;
/// Interval between two turns. A count reads the deltas not folded yet, so this limits their
/// number.
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
