//! The change of the mode behind a decision.

use crate::domain::mode::{HistoryEntry, Version};
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;

/// The change that made `version`; `None` when it is not on record.
///
/// # Errors
/// 503 without a store.
pub async fn change_of(parts: &Parts, version: Version) -> Result<Option<HistoryEntry>, Problem> {
    let changes = parts.store.changes_after(version.previous(), 1).await?;
    Ok(changes.into_iter().find(|change| change.mode.version == version))
}
