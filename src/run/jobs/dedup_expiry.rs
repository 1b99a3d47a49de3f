//! Expires deduplication data: idempotency keys with their answers, and the fingerprints of
//! incoming mail.

use super::work::{Done, Failure, Rest, Turn, Work};
use crate::store::Store;
use crate::store::dedup::{Forgotten, REMEMBERED};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Most rows of each kind in one step, so that the writer is never held for long.
const LIMIT: u16 = 500;

/// The work of `dedup_expiry`.
pub struct Forget {
    store: Arc<dyn Store>,
}

impl Forget {
    pub fn new(store: &Arc<dyn Store>) -> Self {
        Self { store: Arc::clone(store) }
    }
}

#[async_trait]
impl Work for Forget {
    fn judges_age(&self) -> bool {
        true
    }

    async fn turn(&self, turn: &Turn) -> Result<Done, Failure> {
        let mut all = Forgotten::default();
        let rest = loop {
            let Some(now) = turn.age_time() else { break Rest::Some };
            let before = now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
            let forgotten = self.store.forget(before, i64::from(LIMIT)).await?;
            all.answers += forgotten.answers;
            all.contents += forgotten.contents;
            if forgotten.answers < u64::from(LIMIT) && forgotten.contents < u64::from(LIMIT) {
                break Rest::Nothing;
            }
            if !turn.goes_on().await {
                break Rest::Some;
            }
        };
        let sentence = format!("Forgot {} idempotency keys and {} known contents", all.answers, all.contents);
        Ok(Done { sentence, rest })
    }
}
