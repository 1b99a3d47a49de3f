//! Keys that hold lists; an error names the wrong entry.

use super::error::{ConfigError, Fault};
use super::found::Given;
use super::section::{Section, short};

impl Section<'_> {
    /// A list of texts; in a variable, separated by commas or written as a TOML list.
    pub(super) fn list<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Result<Vec<T>, ConfigError> {
        let texts: Vec<String> = match self.given(key)? {
            Given::Text(text) if !text.trim_start().starts_with('[') => {
                text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            Given::Text(_) | Given::Toml(_) => {
                let entries = self.array(key)?.into_iter().map(|entry| entry.as_str().map(str::to_owned));
                entries.collect::<Option<_>>().ok_or_else(|| {
                    self.wrong(key, Fault::new("holds something that is not a text", "Put each entry into quotes"))
                })?
            }
        };
        let parsed = texts.iter().map(|text| {
            let clean = if text.chars().any(char::is_control) {
                Err(Fault::new("holds a control character", "Take it out"))
            } else {
                parse(text)
            };
            clean.map_err(|fault| self.wrong_entry(key, &format!("{text:?}"), fault))
        });
        parsed.collect()
    }

    /// A list of any values.
    pub(super) fn array(&self, key: &str) -> Result<Vec<toml::Value>, ConfigError> {
        let not_a_list = || self.wrong(key, Fault::new("is not a list", "Put the entries into [ ]"));
        match self.given(key)? {
            Given::Toml(toml::Value::Array(entries)) => Ok(entries.clone()),
            Given::Toml(_) => Err(not_a_list()),
            Given::Text(text) if text.trim().is_empty() => Ok(Vec::new()),
            Given::Text(text) => {
                let parsed: toml::Table = format!("list = {text}").parse().map_err(|_| not_a_list())?;
                parsed.get("list").and_then(toml::Value::as_array).cloned().ok_or_else(not_a_list)
            }
        }
    }

    /// An error about one entry of this key's list, quoting the entry.
    pub(super) fn wrong_entry(&self, key: &str, entry: &str, fault: Fault) -> ConfigError {
        fault.at(self.origin(key), &format!("in `{}`, `{}`", self.path(key), short(entry)))
    }
}
