//! What the next page says first: one sentence about what was just done, carried over the redirect in a cookie.

use super::visit::{FLASH, Visit};
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A sentence waits for its page so long, in seconds.
const WAITS: i64 = 60;
/// The longest sentence, in characters.
const MAX_CHARS: usize = 500;

/// A sentence for the top of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// `done` or `refused`: how it looks.
    pub kind: &'static str,
    /// The sentence, as plain text.
    pub text: String,
}

impl Flash {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: "done", text: text.into() }
    }

    /// Something was not done.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { kind: "refused", text: text.into() }
    }

    /// The one a browser brings.
    #[must_use]
    pub fn read(visit: &Visit) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(visit.cookie(FLASH)?).ok()?).ok()?;
        let (kind, text) = text.split_once(' ')?;
        let make = if kind == "done" { Self::done } else { Self::refused };
        Some(make(text.chars().take(MAX_CHARS).collect::<String>()))
    }

    /// The header that keeps it for the next page.
    #[must_use]
    pub fn keep(&self, visit: &Visit) -> HeaderValue {
        let text: String = self.text.chars().take(MAX_CHARS).collect();
        visit.set(FLASH, &URL_SAFE_NO_PAD.encode(format!("{} {text}", self.kind)), Some(WAITS))
    }
}
