//! Sentences that contain times, so that each interface writes the times in its own way: RFC 3339
//! in JSON and on the console, the viewer's time zone on pages.

use jiff::Timestamp;
use std::fmt;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Plain text.
    Words(String),
    /// A time.
    Time(Timestamp),
}

/// A sentence; empty when there is nothing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentence(Vec<Piece>);

impl Sentence {
    /// The parts, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Appends words.
    #[must_use]
    pub(super) fn words(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

    /// Appends a time.
    #[must_use]
    pub(super) fn time(mut self, at: Timestamp) -> Self {
        self.0.push(Piece::Time(at));
        self
    }
}

impl<T: Into<String>> From<T> for Sentence {
    fn from(words: T) -> Self {
        Self::default().words(words)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Words(words) => f.write_str(words),
            // Whole seconds are precise enough for an operator.
            Piece::Time(at) => write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        })
    }
}
