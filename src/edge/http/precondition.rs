//! Versions as entity tags (RFC 9110 §8.8.3): the mode's version in quotes.
//!
//! `If-None-Match` compares weakly, because a proxy that compresses a response weakens its tag.
//! `If-Match` compares strongly: a write must name the exact version that the client saw.

use crate::domain::mode::Version;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The tag of a version.
#[must_use]
pub fn tag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The tag of a response that includes work in progress, which changes without a new version. It
/// never matches a version's tag.
#[must_use]
pub fn whole_tag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("W/\"{version}-whole\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The versions that a condition accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The header is absent.
    Absent,
    /// Any version (`*`).
    Any,
    /// One of these versions. Tags that Postern never issued match none.
    OneOf(Vec<Version>),
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
            opaque.trim_matches('"').parse().ok().map(Version)
        };
        Self::OneOf(tags.filter_map(version).collect())
    }

    /// Whether the condition holds for `version`.
    #[must_use]
    pub fn holds(&self, version: Version) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
