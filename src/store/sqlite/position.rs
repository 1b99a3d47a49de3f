//! One file on one machine has no position to compare.

use super::SqliteStore;
use crate::store::error::Result;
use crate::store::position::{Position, PositionStore};
use async_trait::async_trait;

#[async_trait]
impl PositionStore for SqliteStore {
    async fn position(&self) -> Result<Option<Position>> {
        Ok(None)
    }
}
