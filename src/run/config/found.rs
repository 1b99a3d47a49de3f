//! What a layer of the configuration holds, before anything is made of it.

use super::error::Origin;

/// A value as given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// From TOML, with its type.
    Toml(toml::Value),
    /// From a variable: text, whatever type the key needs.
    Text(String),
}

/// One setting found in a layer.
#[derive(Debug)]
pub(super) struct Found {
    /// The dotted path of its key.
    pub path: String,
    /// Its value; `None` for a table that opens a section.
    pub given: Option<Given>,
    /// Where it was set.
    pub origin: Origin,
}
