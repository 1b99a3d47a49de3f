//! Reads settings from environment variables `POSTERN_SECTION__KEY`. The key decides the type of
//! the value.
//!
//! Variables without `__` are not configuration and are ignored. A value in braces is a TOML inline
//! table and sets several keys (`POSTERN_MAINTENANCE__INTENTS={ reply = "hold" }`).

use super::error::Origin;
use super::file;
use super::found::{Found, Given};

const PREFIX: &str = "POSTERN_";

/// The settings in the environment.
pub(super) fn read(environment: impl Iterator<Item = (String, String)>) -> Vec<Found> {
    environment
        .filter_map(|(name, value)| {
            let path = name.strip_prefix(PREFIX).filter(|rest| rest.contains("__"))?;
            // Upper case only: with two spellings of one variable it would be unclear which one
            // applies.
            let in_capitals = !path.bytes().any(|b| b.is_ascii_lowercase());
            let path = if in_capitals { path.replace("__", ".").to_ascii_lowercase() } else { path.to_owned() };
            Some(settings(&name, path, value))
        })
        .flatten()
        .collect()
}

fn settings(name: &str, path: String, value: String) -> Vec<Found> {
    let origin = Origin::Variable(name.to_owned());
    if value.trim_start().starts_with('{')
        && let Ok(found) = file::parse(&format!("{path} = {value}"), |_| origin.clone())
    {
        return found;
    }
    vec![Found { path, given: Some(Given::Text(value)), origin }]
}

/// The variable that sets `path`.
pub(super) fn name(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}
