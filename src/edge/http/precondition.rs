//! Versions as entity tags (RFC 9110 §8.8.3): the mode's version in quotes.
//!
//! `If-None-Match` compares weakly (a proxy that compresses an answer weakens its tag), `If-Match` strongly: what writes must
//! name exactly what was seen.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The tag of a version.
#[must_use]
pub fn tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The tag of an answer that also says what is under way, which moves without a new version: it never matches a version's.
#[must_use]
pub fn whole_tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("W/\"{version}-whole\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
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
        let is_strong = name == header::IF_MATCH;
        let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
        if lines.is_empty() {
            return Self::Absent;
        }
        let tags = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        if tags.clone().any(|tag| tag == "*") {
            return Self::Any;
        }
        let version = |tag: &str| {
            let opaque = if is_strong { tag } else { tag.strip_prefix("W/").unwrap_or(tag) };
            opaque.trim_matches('"').parse().ok()
        };
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
