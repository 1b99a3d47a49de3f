//! The layers of the configuration, merged: built-in defaults, the file, the environment.
//!
//! The built-in defaults are the text of `config/postern.toml`, and its keys are the only valid
//! ones: any other key in a layer is refused here, with the nearest valid key. [`super::section`]
//! interprets the values.

use super::environment;
use super::error::{ConfigError, Fault, Origin};
use super::file;
use super::found::{Found, Given};
use crate::policy::rules::WRITING;
use std::collections::{BTreeMap, BTreeSet};

const DEFAULTS: &str = include_str!("../../../config/postern.toml");

/// All layers merged.
#[derive(Debug)]
pub(super) struct Layers {
    settings: BTreeMap<String, (Given, Origin)>,
    sections: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Layers {
    /// The lowest layer.
    pub(super) fn built_in() -> Result<Self, ConfigError> {
        let mut layers = Self { settings: BTreeMap::new(), sections: BTreeSet::new(), keys: BTreeSet::new() };
        for found in file::parse(DEFAULTS, |_| Origin::BuiltIn)? {
            match found.given {
                None => drop(layers.sections.insert(found.path)),
                Some(given) => {
                    layers.keys.insert(found.path.clone());
                    layers.settings.insert(found.path, (given, found.origin));
                }
            }
        }
        layers.keys.extend(WRITING.iter().map(|intent| format!("maintenance.intents.{intent}")));
        Ok(layers)
    }

    /// Merges `layer` on top.
    ///
    /// # Errors
    /// When it holds an unknown key.
    pub(super) fn lay(&mut self, layer: Vec<Found>) -> Result<(), ConfigError> {
        for Found { path, given, origin } in layer {
            match given {
                Some(given) if self.keys.contains(&path) => drop(self.settings.insert(path, (given, origin))),
                None if self.sections.contains(&path) => {}
                _ => return Err(self.no_such_key(&path, origin)),
            }
        }
        Ok(())
    }

    /// The value of a key and its origin.
    pub(super) fn find(&self, path: &str) -> Option<&(Given, Origin)> {
        self.settings.get(path)
    }

    /// Every valid key.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    fn no_such_key(&self, path: &str, origin: Origin) -> ConfigError {
        let (problem, remedy) = if self.sections.contains(path) {
            ("is a section, not a key".to_owned(), format!("Set its keys: {}", self.keys_of(path)))
        } else if self.keys.contains(path) {
            ("is a key, not a section".to_owned(), "Give it one value".to_owned())
        } else {
            ("is not a configuration key".to_owned(), self.remedy(path, &origin))
        };
        Fault::new(problem, remedy).at(origin, &format!("`{path}`"))
    }

    /// Suggests the nearest key; when none is near, the keys of the same section; when the section
    /// does not exist, all sections.
    fn remedy(&self, path: &str, origin: &Origin) -> String {
        if let Some(nearest) = self.nearest(path) {
            return match origin {
                Origin::Variable(_) => format!("Perhaps you meant {}", environment::name(nearest)),
                Origin::BuiltIn | Origin::File { .. } => format!("Perhaps you meant `{nearest}`"),
            };
        }
        let above = section_of(path);
        if self.sections.contains(above) {
            return format!("Take it out; the keys of [{above}] are {}", self.keys_of(above));
        }
        let sections: Vec<_> = self.sections.iter().map(|section| format!("[{section}]")).collect();
        format!("Take it out; the sections are {}", sections.join(", "))
    }

    /// The most likely intended key: one of the same section if it exists, else any similar key.
    fn nearest(&self, path: &str) -> Option<&str> {
        let above = section_of(path);
        let known: Vec<&String> = if self.sections.contains(above) {
            self.keys.iter().filter(|key| section_of(key) == above).collect()
        } else {
            self.keys.iter().chain(&self.sections).collect()
        };
        let own_length = path.len().saturating_sub(above.len()).min(60);
        let ranked = known.into_iter().map(|known| (strsim::damerau_levenshtein(path, known), known));
        ranked.filter(|(distance, _)| *distance <= 1 + own_length / 5).min().map(|(_, known)| known.as_str())
    }

    fn keys_of(&self, section: &str) -> String {
        let own = self.keys.iter().filter(|key| section_of(key) == section);
        own.filter_map(|key| key.rsplit_once('.')).map(|(_, key)| key).collect::<Vec<_>>().join(", ")
    }
}

/// The part before the last dot.
fn section_of(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(section, _)| section)
}
