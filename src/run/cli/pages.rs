//! Lists of any length, read page by page and shown as they arrive.

use super::ending::Result;
use crate::domain::id::AnyId;
use crate::store::desk::Page;
use crate::store::error::Result as StoreResult;
use jiff::Timestamp;
use std::future::Future;

/// Rows read at once.
const PAGE: i64 = 500;

/// Passes the rows that `fetch` reads to `take`, at most `limit` of them; `key` is their sort key.
///
/// # Errors
/// When the store fails, or `take` does.
pub async fn each<R, T>(
    limit: Option<i64>,
    fetch: impl Fn(Page) -> T,
    key: impl Fn(&R) -> (Timestamp, AnyId),
    mut take: impl FnMut(R) -> Result<()>,
) -> Result<()>
where
    T: Future<Output = StoreResult<Vec<R>>>,
{
    let (mut after, mut left) = (None, limit.unwrap_or(i64::MAX));
    while left > 0 {
        let rows = fetch(Page { limit: PAGE.min(left), after }).await?;
        let Some(last) = rows.last() else { break };
        after = Some(key(last));
        left -= i64::try_from(rows.len()).unwrap_or(left);
        rows.into_iter().try_for_each(&mut take)?;
    }
    Ok(())
}
