//! Retention: wipes messages and deletes records past their retention period.

use super::work::{Done, Failure, Rest, Turn, Work};
use crate::run::config::retention::Retention;
use crate::store::Store;
use crate::store::desk::{Horizon, Retired};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Most rows of each kind in one step, so that the writer is never held for long.
const LIMIT: u16 = 500;
/// How long after its last report a node's record is deleted.
const NODES: Duration = Duration::from_secs(7 * 86_400);

/// The work of retention.
pub struct Retire {
    store: Arc<dyn Store>,
    kept: Retention,
}

impl Retire {
    pub fn new(store: &Arc<dyn Store>, kept: Retention) -> Self {
        Self { store: Arc::clone(store), kept }
    }

    fn horizon(&self, now: Timestamp) -> Horizon {
        let before = |kept: Duration| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        Horizon {
            bodies_before: before(self.kept.bodies),
            records_before: before(self.kept.records),
            nodes_before: before(NODES),
            limit: i64::from(LIMIT),
        }
    }
}

#[async_trait]
impl Work for Retire {
    fn judges_age(&self) -> bool {
        true
    }

    async fn turn(&self, turn: &Turn) -> Result<Done, Failure> {
        let mut all = Retired::default();
        let rest = loop {
            let Some(now) = turn.age_time() else { break Rest::Some };
            let retired = self.store.retire(self.horizon(now)).await?;
            all.bodies += retired.bodies;
            all.records += retired.records;
            if retired.bodies < u64::from(LIMIT) && retired.records < u64::from(LIMIT) {
                break Rest::Nothing;
            }
            if !turn.goes_on().await {
                break Rest::Some;
            }
        };
        let sentence = format!("Wiped {} messages and deleted {} records", all.bodies, all.records);
        if all != Retired::default() {
            tracing::info!(retired.bodies = all.bodies, retired.records = all.records, "Retention: {sentence}");
        }
        Ok(Done { sentence, rest })
    }
}
