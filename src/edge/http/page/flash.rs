//! The flash message: one sentence about the last action, kept in a cookie across the redirect and
//! shown on the next page.

use super::visit::{FLASH, Visit};
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Lifetime of the cookie in seconds.
const WAITS: i64 = 60;
/// Longest message in characters.
const MAX_CHARS: usize = 500;

/// A message for the top of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// The style: `done` or `refused`.
    pub kind: &'static str,
    /// The message, as plain text.
    pub text: String,
}

impl Flash {
    /// A message about an action that was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: "done", text: text.into() }
    }

    /// A message about an action that was not done.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { kind: "refused", text: text.into() }
    }

    /// The message in the request's cookie, if any.
    #[must_use]
    pub fn read(visit: &Visit) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(visit.cookie(FLASH)?).ok()?).ok()?;
        let (kind, text) = text.split_once(' ')?;
        let make = if kind == "done" { Self::done } else { Self::refused };
        Some(make(text.chars().take(MAX_CHARS).collect::<String>()))
    }

    /// The header that keeps the message for the next page.
    #[must_use]
    pub fn keep(&self, visit: &Visit) -> HeaderValue {
        let text: String = self.text.chars().take(MAX_CHARS).collect();
        visit.set(FLASH, &URL_SAFE_NO_PAD.encode(format!("{} {text}", self.kind)), Some(WAITS))
    }
}
