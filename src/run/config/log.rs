//! `[log]`: the level and format of the log.

use super::error::{ConfigError, Fault};
use super::section::Section;
use crate::domain::spelling::spelled;

/// The `[log]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The format of a line.
    pub format: LogFormat,
    /// The levels, in the notation of `tracing-subscriber`: `info`, or `info,postern::edge=debug`.
    pub level: String,
}

spelled! {
    /// The format of a log line.
    pub enum LogFormat {
        /// Text on a terminal, JSON otherwise.
        Auto = "auto",
        /// For people.
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}

impl Log {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            format: section.word("format", LogFormat::ALL, |word| word.as_str())?,
            level: section.parsed("level", level)?,
        })
    }
}

/// A level, or `module=level`, several separated by commas.
///
/// Checked here because the filter would take a misspelled level for a module name and log nothing
/// at all.
fn level(text: &str) -> Result<String, Fault> {
    let is_level = |word: &str| matches!(word, "off" | "error" | "warn" | "info" | "debug" | "trace");
    let is_module = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '-')
    };
    let known = text.split(',').all(|part| match part.trim().split_once('=') {
        Some((module, word)) => is_module(module) && is_level(word),
        None => is_level(part.trim()),
    });
    if known {
        return Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    }
    Err(Fault::new("names no level", "Write error, warn, info, debug, trace or off, or `info,postern::edge=debug`"))
}
