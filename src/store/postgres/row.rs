//! Between PostgreSQL's rows and words.

use crate::domain::id::{Id, Kind};
use crate::store::error::Result;
use sqlx::Row;
use sqlx::postgres::PgRow;
use std::borrow::Cow;

pub(super) use crate::store::record::column::{Columns, micros};

impl Columns for PgRow {
    fn text(&self, column: &str) -> Result<String> {
        self.try_get(column).map_err(super::failed)
    }

    fn text_or_null(&self, column: &str) -> Result<Option<String>> {
        self.try_get(column).map_err(super::failed)
    }

    fn number(&self, column: &str) -> Result<i64> {
        self.try_get(column).map_err(super::failed)
    }

    fn number_or_null(&self, column: &str) -> Result<Option<i64>> {
        self.try_get(column).map_err(super::failed)
    }

    fn bytes(&self, column: &str) -> Result<Vec<u8>> {
        self.try_get(column).map_err(super::failed)
    }
}

/// A text as PostgreSQL takes it: NUL, which it refuses, becomes U+FFFD. Filters are cleaned the
/// same way, so that they match.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The same for a text that may not be there.
pub(super) fn clean_or_null(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| clean(text))
}

/// Words as an array, for `= ANY($1)`.
pub(super) fn words<T: Copy>(words: &[T], spelling: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    words.iter().map(|word| spelling(*word)).collect()
}

/// Ids as an array, for `= ANY($1)`.
pub(super) fn ids<K: Kind>(ids: &[Id<K>]) -> Vec<String> {
    ids.iter().map(Id::to_string).collect()
}

/// One column of rows, as an array for `unnest`.
pub(super) fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn only_nul_is_replaced() {
        assert_eq!(clean("a\0b\u{7}ü"), "a\u{fffd}b\u{7}ü");
        assert!(matches!(clean("plain"), std::borrow::Cow::Borrowed("plain")));
    }
}
