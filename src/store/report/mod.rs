//! Reports: what is on record, listed and counted. Which filter leads and where a list ends is
//! decided here, once for every kind of store; the kinds supply the rows of each statement.

pub mod facet;
pub mod incoming;
mod leading_index;
pub mod queue;
pub mod summary;
pub mod suppressed;
mod time_bounds;

pub use leading_index::{IncomingLead, SuppressedLead};

use super::desk::Page;
use jiff::Timestamp;

/// The newest rows of several parts of a list, as many as a page shows.
fn newest<T, K: Ord>(mut rows: Vec<T>, page: &Page, key: impl Fn(&T) -> (Timestamp, K)) -> Vec<T> {
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
    rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    rows
}
