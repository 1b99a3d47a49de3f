//! One section of the configuration, read key by key into typed values; every error names the key,
//! the place and the remedy.

use super::duration::{self, Period};
use super::error::{ConfigError, Fault, Origin};
use super::found::Given;
use super::layers::Layers;
use crate::domain::failure::one_line;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A section of the merged layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'a> {
    layers: &'a Layers,
    name: &'static str,
    base: &'a Path,
}

impl<'a> Section<'a> {
    pub(super) fn new(layers: &'a Layers, name: &'static str, base: &'a Path) -> Self {
        Self { layers, name, base }
    }

    /// Joins a path to the folder that relative paths start at.
    pub(super) fn rooted(&self, path: impl AsRef<Path>) -> PathBuf {
        self.base.join(path)
    }

    /// The value as given; every key in `config/postern.toml` has one.
    pub(super) fn given(&self, key: &str) -> Result<&'a Given, ConfigError> {
        let path = self.path(key);
        self.layers.find(&path).map(|(given, _)| given).ok_or_else(|| {
            Fault::new("has no default", "Add it to config/postern.toml and build anew").at(Origin::BuiltIn, &path)
        })
    }

    /// Whether any layer sets the key; for keys without a default.
    pub(super) fn has(&self, key: &str) -> bool {
        self.layers.find(&self.path(key)).is_some()
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<&'a str, ConfigError> {
        let text = match self.given(key)? {
            Given::Toml(toml::Value::String(text)) | Given::Text(text) => text,
            Given::Toml(_) => return Err(self.wrong(key, Fault::new("is not a text", "Put it into quotes"))),
        };
        if text.chars().any(char::is_control) {
            return Err(self.wrong(key, Fault::new("holds a control character", "Take it out")));
        }
        Ok(text)
    }

    /// A text converted by `parse`.
    pub(super) fn parsed<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Result<T, ConfigError> {
        parse(self.text(key)?).map_err(|fault| self.wrong(key, fault))
    }

    /// As [`Self::parsed`], for a text that may hold a password by mistake: no error quotes it.
    pub(super) fn parsed_unseen<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Result<T, ConfigError> {
        parse(self.text(key)?).map_err(|fault| self.wrong_unseen(key, fault))
    }

    /// A whole number within `range`.
    pub(super) fn number<T: TryFrom<i64>>(&self, key: &str, range: RangeInclusive<i64>) -> Result<T, ConfigError> {
        let number = match self.given(key)? {
            Given::Toml(toml::Value::Integer(number)) => Some(*number),
            Given::Text(text) => text.trim().parse().ok(),
            Given::Toml(_) => None,
        };
        let (least, most) = (range.start(), range.end());
        let number = number.ok_or_else(|| {
            let remedy = format!("Write a number from {least} to {most}, without quotes");
            self.wrong(key, Fault::new("is not a whole number", remedy))
        })?;
        T::try_from(number).ok().filter(|_| range.contains(&number)).ok_or_else(|| {
            self.wrong(key, Fault::new("is out of range", format!("Choose a number from {least} to {most}")))
        })
    }

    /// `true` or `false`.
    pub(super) fn answer(&self, key: &str) -> Result<bool, ConfigError> {
        match self.given(key)? {
            Given::Toml(toml::Value::Boolean(answer)) => Some(*answer),
            Given::Text(text) => text.trim().parse().ok(),
            Given::Toml(_) => None,
        }
        .ok_or_else(|| self.wrong(key, Fault::new("is neither true nor false", "Write true or false, without quotes")))
    }

    /// A duration within `range`.
    pub(super) fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Result<Duration, ConfigError> {
        let within = |text: &str| {
            let duration = duration::parse(text)?;
            let (least, most) = (Period(*range.start()), Period(*range.end()));
            if range.contains(&duration) {
                return Ok(duration);
            }
            Err(Fault::new("is out of range", format!("Choose a duration from {least} to {most}")))
        };
        within(self.text(key).unwrap_or_default()).map_err(|fault| self.wrong(key, fault))
    }

    /// One of a fixed set of words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        known: &[T],
        spelling: fn(T) -> &'static str,
    ) -> Result<T, ConfigError> {
        self.parsed(key, |text| {
            known.iter().copied().find(|word| spelling(*word) == text).ok_or_else(|| {
                let words: Vec<_> = known.iter().map(|word| format!("\"{}\"", spelling(*word))).collect();
                Fault::new("is not one of the words it takes", format!("Write one of {}", words.join(", ")))
            })
        })
    }

    /// A path; empty means that none is set.
    pub(super) fn path_if_set(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        let path = |text: &str| super::place::path(text).map(|path| self.rooted(path));
        self.parsed(key, |text| if text.is_empty() { Ok(None) } else { path(text).map(Some) })
    }

    /// An error about this key that quotes its value.
    pub(super) fn wrong(&self, key: &str, fault: Fault) -> ConfigError {
        let value = match self.layers.find(&self.path(key)) {
            Some((Given::Toml(value), _)) => value.to_string(),
            Some((Given::Text(text), _)) => format!("{text:?}"),
            None => String::new(),
        };
        fault.at(self.origin(key), &format!("`{} = {}`", self.path(key), short(&value)))
    }

    /// An error about this key that does not quote its value.
    pub(super) fn wrong_unseen(&self, key: &str, fault: Fault) -> ConfigError {
        fault.at(self.origin(key), &format!("`{}`", self.path(key)))
    }

    /// Whether the key has its default value. Of two keys that exclude each other, the error blames
    /// the one that was set.
    pub(super) fn is_default(&self, key: &str) -> bool {
        self.origin(key) == Origin::BuiltIn
    }

    /// Where the key was set.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.layers.find(&self.path(key)).map_or(Origin::BuiltIn, |(_, origin)| origin.clone())
    }

    pub(super) fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }
}

/// A value as quoted in an error: on one line, and truncated.
pub(super) fn short(value: &str) -> String {
    let line = one_line(value);
    if line.chars().count() <= 80 { line } else { line.chars().take(79).chain(['…']).collect() }
}
