//! Configuration errors, as sentences that name the place, the key and the remedy.

use std::path::{Path, PathBuf};

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the program's built-in defaults.
    BuiltIn,
    /// In a file; the line is known unless the file could not be read.
    File {
        /// The file's path, as it was named.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<usize>,
    },
    /// In this environment variable.
    Variable(String),
}

impl Origin {
    /// This file, without a line.
    pub(super) fn file(path: &Path) -> Self {
        Self::File { path: path.to_owned(), line: None }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in defaults"),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::File { path, line: Some(line) } => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// A configuration error. It displays as two sentences: what is wrong, and how to fix it.
///
/// It never holds a secret: values that may contain one (URLs) are not quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {problem}. {remedy}.")]
pub struct ConfigError {
    /// Where the setting was written.
    pub origin: Origin,
    /// What is wrong, naming the key.
    pub problem: String,
    /// How to fix it.
    pub remedy: String,
}

/// What is wrong with a value, before its key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The problem, worded to continue “the value …”.
    pub problem: String,
    /// How to fix it: one sentence without its full stop.
    pub remedy: String,
}

impl Fault {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    /// Turns the fault into an error about `subject`.
    pub(super) fn at(self, origin: Origin, subject: &str) -> ConfigError {
        ConfigError { origin, problem: format!("{subject} {}", self.problem), remedy: self.remedy }
    }
}
