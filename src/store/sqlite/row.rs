//! Between SQLite's rows and words.

use crate::store::error::Result;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(super) use crate::store::record::column::{Columns, micros};

impl Columns for SqliteRow {
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

/// Words as a JSON array, for `IN (SELECT value FROM json_each($1))`.
pub(super) fn json_words<T: Copy>(words: &[T], spelling: impl Fn(T) -> &'static str) -> String {
    let spelled: Vec<&str> = words.iter().map(|word| spelling(*word)).collect();
    serde_json::json!(spelled).to_string()
}
