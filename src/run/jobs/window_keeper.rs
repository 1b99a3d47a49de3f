//! The window keeper: its turn comes as soon as a window is due.

use super::Desk;
use super::work::{Done, Failure, Rest, Turn, Work};
use crate::flag::keeper::Keeper;
use async_trait::async_trait;
use std::sync::Arc;

/// The work of the keeper.
pub struct Keep {
    keeper: Keeper,
}

impl Keep {
    pub fn new(desk: &Desk) -> Self {
        let Desk { store, watch, clock, wakes, .. } = desk;
        let keeper = Keeper::new(Arc::clone(store), Arc::clone(watch), Arc::clone(clock), wakes.clone());
        Self { keeper }
    }
}

#[async_trait]
impl Work for Keep {
    /// When the store cannot be read, nothing is due; the next regular turn reports the error.
    async fn is_wanted(&self) -> bool {
        self.keeper.is_due().await.unwrap_or(false)
    }

    async fn turn(&self, _turn: &Turn) -> Result<Done, Failure> {
        let sentence = match self.keeper.tick().await? {
            0 => "No window was due".to_owned(),
            1 => "One window was due".to_owned(),
            number => format!("{number} windows were due"),
        };
        Ok(Done { sentence, rest: Rest::Nothing })
    }
}
