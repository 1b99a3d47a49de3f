//! Parses query parameters strictly, each at most once. An error names the parameter and its valid
//! values.
//!
//! An empty parameter counts as absent. A list refuses unknown parameters, because an ignored
//! filter would return rows that the client did not ask for. Other routes ignore them, since
//! clients add their own.

use super::problem::Problem;
use crate::domain::id::{Id, Kind};
use crate::flag::moment::{self, BEYOND, MomentError};
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts as RequestParts;
use jiff::Timestamp;
use std::sync::Arc;
use url::form_urlencoded;

/// Most parameters in a query; a page writes all of them into each of its links.
const MAX_PARAMETERS: usize = 100;
/// Characters of an unknown parameter's name that the error repeats.
const MAX_NAME_SHOWN: usize = 100;

/// The query parameters of a list, as the API description names them.
#[derive(Debug, Clone)]
pub struct Known(pub Arc<[String]>);

/// The path and query of a request.
#[derive(Debug, Clone)]
pub struct Params {
    /// The path.
    pub path: String,
    /// Names and values in the given order.
    pub pairs: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut RequestParts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or("").as_bytes();
        let pairs: Vec<_> = form_urlencoded::parse(query).into_owned().take(MAX_PARAMETERS + 1).collect();
        if pairs.len() > MAX_PARAMETERS {
            return Err(Problem::field("query", format!("has more than {MAX_PARAMETERS} parameters: give fewer")));
        }
        let params = Self { path: parts.uri.path().to_owned(), pairs };
        if matches!(parts.method, Method::GET | Method::HEAD)
            && let Some(Known(names)) = parts.extensions.get()
        {
            params.all_among(names)?;
        }
        Ok(params)
    }
}

impl Params {
    fn all_among(&self, known: &[String]) -> Result<(), Problem> {
        let Some((unknown, _)) = self.pairs.iter().find(|(name, _)| !known.contains(name)) else { return Ok(()) };
        let unknown: String = unknown.chars().take(MAX_NAME_SHOWN).collect();
        let there_are = match known {
            [] => "it takes none".to_owned(),
            names => format!("there are: {}", names.join(", ")),
        };
        Err(Problem::field(unknown, format!("is no parameter of this list; {there_are}")).member("known", known))
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// 422 when it is given twice with different values.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.pairs.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            return Err(Problem::field(name, "is given twice: give it once"));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// One of the words `known`.
    ///
    /// # Errors
    /// 422, listing the valid words.
    pub fn word<T: Copy + std::fmt::Display>(&self, name: &str, known: &[T]) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = known.iter().find(|word| word.to_string() == text).copied();
        found.map(Some).ok_or_else(|| {
            let words: Vec<String> = known.iter().map(ToString::to_string).collect();
            Problem::field(name, format!("is none of: {}", words.join(", "))).member("known", words)
        })
    }

    /// A time in RFC 3339.
    ///
    /// # Errors
    /// 422 when it is not RFC 3339.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.text(name)?.map(|text| read_time(name, text)).transpose()
    }

    /// One of Postern's ids.
    ///
    /// # Errors
    /// 422 when it is not an id.
    pub fn id<K: Kind>(&self, name: &str) -> Result<Option<Id<K>>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let wrong = || Problem::field(name, "is none of our ids, such as 019ad739-0002-7000-8000-000000000001");
        Id::parse(text).map(Some).ok_or_else(wrong)
    }

    /// A whole number from 1.
    ///
    /// # Errors
    /// 422 when it is not such a number.
    pub fn count(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().ok().filter(|number: &i64| *number >= 1 && text.bytes().all(|b| b.is_ascii_digit()));
        number.map(Some).ok_or_else(|| Problem::field(name, "is not a whole number from 1"))
    }
}

/// Parses RFC 3339.
///
/// # Errors
/// 422, naming `field`.
pub fn read_time(field: &str, text: &str) -> Result<Timestamp, Problem> {
    let text = restored(text);
    text.parse().map_err(|_| match moment::read(&text, None) {
        Err(MomentError::Beyond(_)) => Problem::field(field, BEYOND),
        Ok(_) | Err(_) => Problem::field(field, "is not a time such as 2026-12-01T04:00:00Z (RFC 3339)"),
    })
}

/// A time whose offset has its `+` back. In a query or form that did not escape it, the `+` arrives
/// as a space.
#[must_use]
pub fn restored(text: &str) -> String {
    let text = text.trim();
    match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains(':') => format!("{time}+{offset}"),
        Some(_) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_survives_a_query_that_did_not_escape_it() {
        let noon: Timestamp = "2026-12-01T11:00:00Z".parse().unwrap();
        for text in ["2026-12-01T12:00:00+01:00", "2026-12-01T12:00:00 01:00", "2026-12-01T11:00Z"] {
            assert_eq!(read_time("until", text).ok(), Some(noon), "{text}");
        }
        for text in ["", "tomorrow", "2026-12-01", "2026-12-01T12:00:00"] {
            assert!(read_time("until", text).is_err(), "{text}");
        }
        assert_eq!(restored("2026-12-01 12:00:00 01:00"), "2026-12-01 12:00:00+01:00");
        assert_eq!(restored("2026-12-01 12:00:00"), "2026-12-01 12:00:00");
    }

    #[test]
    fn a_time_too_far_away_is_called_so() {
        let problem = read_time("until", "9999-12-31T23:59:59Z").unwrap_err();
        assert_eq!(problem.said().1, format!("until: {BEYOND}"));
    }
}
