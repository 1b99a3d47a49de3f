//! Reads TOML text into settings, each with its line. It knows no keys and judges no values.

use super::error::{ConfigError, Fault, Origin};
use super::found::{Found, Given};
use sha2::{Digest, Sha256};
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The settings in a file, in line order, and the SHA-256 of its text.
pub(super) fn read(path: &Path) -> Result<(Vec<Found>, [u8; 32]), ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::new(
            format!("cannot be read: {error}"),
            "Correct the path or the file's rights, or name another with --config or POSTERN_CONFIG",
        )
        .at(Origin::file(path), "the configuration file")
    })?;
    let settings = parse(&text, |line| Origin::File { path: path.to_owned(), line: Some(line) })?;
    Ok((settings, Sha256::digest(text.as_bytes()).into()))
}

/// The settings in a TOML text; `origin` maps a line number to its origin.
pub(super) fn parse(text: &str, origin: impl Fn(usize) -> Origin) -> Result<Vec<Found>, ConfigError> {
    let broken = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let problem = format!("is not TOML: {}", crate::domain::failure::one_line(error.message()));
        Fault::new(problem, "Correct this line; texts stand in quotes, lists in [ ]").at(origin(line(text, at)), "this")
    };
    let values: toml::Table = text.parse().map_err(&broken)?;
    let places = DeTable::parse(text).map_err(&broken)?;
    let mut found = Vec::new();
    walk("", &values, places.get_ref(), &mut |path, given, at| {
        let line = line(text, at);
        found.push((line, Found { path, given, origin: origin(line) }));
    });
    found.sort_by_key(|(line, _)| *line);
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

/// Visits every table and value below; both trees are the same text, one of them with positions.
fn walk(above: &str, values: &toml::Table, places: &DeTable<'_>, visit: &mut impl FnMut(String, Option<Given>, usize)) {
    for (key, place) in places {
        let name: &str = key.get_ref();
        let path = join(above, name);
        let at = key.span().start;
        match (values.get(name), place.get_ref()) {
            (Some(toml::Value::Table(below)), DeValue::Table(places)) => {
                visit(path.clone(), None, at);
                walk(&path, below, places, visit);
            }
            (Some(value), _) => visit(path, Some(Given::Toml(value.clone())), at),
            (None, _) => {}
        }
    }
}

/// `above.name`; a name that is not a bare TOML key is quoted, so that a dot in it cannot look like
/// a path.
fn join(above: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    if above.is_empty() { name } else { format!("{above}.{name}") }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}
