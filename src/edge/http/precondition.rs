//! Versions as entity tags (RFC 9110 §8.8.3): the mode's version in quotes.
//!
//! A version says exactly what the answer is, so a tag that a proxy weakened (`W/"5"`) means the same.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The tag of a version.
#[must_use]
pub fn tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What a condition asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Absent,
    /// Whatever there is (`*`).
    Any,
    /// One of these versions; tags that we never gave match none.
    OneOf(Vec<i64>),
}

impl Condition {
    /// Reads `If-Match` or `If-None-Match`.
    #[must_use]
    pub fn read(headers: &HeaderMap, name: HeaderName) -> Self {
        let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
        if lines.is_empty() {
            return Self::Absent;
        }
        let tags = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        if tags.clone().any(|tag| tag == "*") {
            return Self::Any;
        }
        let version = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').parse().ok();
        Self::OneOf(tags.filter_map(version).collect())
    }

    /// Does it hold for `version`?
    #[must_use]
    pub fn holds(&self, version: i64) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
