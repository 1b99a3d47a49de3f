//! Configuration keys: those in `config/postern.toml`, and those that pages name.

use std::collections::BTreeSet;

/// Every key of `config/postern.toml` as `section.key`, and every section, including the examples
/// in its comments.
pub fn known() -> BTreeSet<String> {
    let text = std::fs::read_to_string(super::page::root().join("config/postern.toml")).unwrap();
    let lines = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(comment) if comment.starts_with('[') || key_of(comment).is_some() => comment,
        _ => line,
    });
    let keys: BTreeSet<String> = read(lines).collect();
    assert!(keys.contains("smtp.listen") && keys.contains("maintenance.intents"), "{keys:?}");
    keys
}

/// Whether a key is known. Every key of a table with operator-defined keys counts as known
/// (`maintenance.intents.INTENT`).
pub fn exists(key: &str, known: &BTreeSet<String>) -> bool {
    known.contains(key) || key.rsplit_once('.').is_some_and(|(table, _)| OPEN.contains(&table))
}

/// Tables whose keys are not all in the file.
const OPEN: [&str; 1] = ["maintenance.intents"];

/// The keys that inline code or a line of shell names.
pub fn named(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut keys = Vec::new();
    // `[section] key = value`, `[section] key`.
    if let Some((section, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && is_name(section)
    {
        let key = key_of(rest.trim_start()).unwrap_or(rest.trim());
        keys.push(if is_name(key) { format!("{section}.{key}") } else { section.to_owned() });
    }
    // `section.key`, if the section is known and the text is not a file name.
    let section = text.split('.').next().unwrap_or_default();
    let is_file =
        [".toml", ".service", ".rs", ".md", ".conf", ".sh", ".db"].iter().any(|ending| text.ends_with(ending));
    if text.contains('.') && known.contains(section) && is_name(&text.to_lowercase()) && !is_file {
        keys.push(text.to_owned());
    }
    // `POSTERN_SECTION__KEY`, anywhere.
    for word in text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')) {
        let key = word.strip_prefix("POSTERN_").filter(|key| key.contains("__") && *key != "SECTION__KEY");
        keys.extend(key.map(|key| key.to_lowercase().replace("__", ".")));
    }
    keys
}

/// The keys in a block of TOML. Tables that are lists of kinds and rules belong to other files.
pub fn in_toml(text: &str) -> Vec<String> {
    if text.contains("[[kind]]") || text.contains("[[rule]]") { Vec::new() } else { read(text.lines()).collect() }
}

fn read<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    let mut section = String::new();
    lines.filter_map(move |line| {
        if let Some((name, _)) = line.trim_start_matches('[').split_once(']').filter(|_| line.starts_with('[')) {
            name.clone_into(&mut section);
            return Some(section.clone());
        }
        key_of(line).map(|key| format!("{section}.{key}"))
    })
}

/// The key of a line `key = value`.
fn key_of(line: &str) -> Option<&str> {
    line.split_once(" = ").map(|(key, _)| key).filter(|key| is_name(key))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
}
