//! The sample rows, and the changes that the checks refuse, in the SQL of each kind of store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The rows of each migration.
pub const ROWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rows");
/// The changes that each CHECK refuses; in the same folder, but not part of a migration.
pub const REFUSED: &str = "refused.sql";

/// Kinds of store, by the names of their folders in `migrations`.
pub const SQLITE: &str = "sqlite";
/// See [`SQLITE`].
pub const POSTGRES: &str = "postgres";

/// A file of rows for this kind of store. The kinds spell bytes differently, and some things do not
/// exist in all kinds.
pub fn read(name: &str, kind: &str) -> std::io::Result<String> {
    let text = std::fs::read_to_string(Path::new(ROWS).join(name))?;
    let is_for_another = |paragraph: &&str| {
        let kinds = paragraph.lines().filter_map(|line| line.strip_prefix("-- Only on "));
        kinds.into_iter().any(|only| only.trim_end_matches(':') != kind)
    };
    let ours: Vec<&str> = text.split("\n\n").filter(|paragraph| !is_for_another(paragraph)).collect();
    let ours = ours.join("\n\n");
    Ok(if kind == POSTGRES { ours.replace(" X'", " '\\x") } else { ours })
}

/// The changes of [`REFUSED`], by the names of the checks.
pub fn refused(kind: &str) -> std::io::Result<BTreeMap<String, Vec<String>>> {
    let mut changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut check = String::new();
    for line in read(REFUSED, kind)?.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("-- ") {
            Some(name) => name.clone_into(&mut check),
            None => changes.entry(check.clone()).or_default().push(line.to_owned()),
        }
    }
    Ok(changes)
}

/// Fails if the checks of a schema and those of [`REFUSED`] differ.
pub fn assert_all_are_tried(checks: &BTreeSet<String>, refused: &BTreeMap<String, Vec<String>>) {
    let tried: BTreeSet<String> = refused.keys().cloned().collect();
    assert_eq!(*checks, tried, "the schema's checks and fixtures/rows/{REFUSED} must name the same");
}
