//! The change of the mode behind something that was decided.

use crate::domain::mode::HistoryEntry;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;

/// The change that made `version`; `None` when it is not on record.
///
/// # Errors
/// 503 without a store.
pub async fn change_of(parts: &Parts, version: i64) -> Result<Option<HistoryEntry>, Problem> {
    let newest = parts.store.mode().await?.version;
    // Versions grow by at least one, so at most so many changes are as new.
    let limit = newest.saturating_sub(version).saturating_add(1).max(0);
    let changes = parts.store.history(limit).await?;
    Ok(changes.into_iter().find(|change| change.mode.version == version))
}
