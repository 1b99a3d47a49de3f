//! Keyset paging: an opaque cursor for the row to continue after, and the `Link` to the next page
//! (RFC 8288).

use super::param::Params;
use super::problem::Problem;
use crate::domain::id::{AnyId, Id};
use crate::store::desk::Page;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use url::{Url, form_urlencoded};

/// Rows per page by default.
const DEFAULT: i64 = 20;
/// Most rows per page. A client that asks for more gets this many and a link to the rest.
pub const MAX_PER_PAGE: i64 = 100;

/// The number of rows per page.
///
/// # Errors
/// 422 when `per_page` is not a number.
pub fn per_page(params: &Params) -> Result<i64, Problem> {
    Ok(params.count("per_page")?.unwrap_or(DEFAULT).min(MAX_PER_PAGE))
}

/// The number of rows to show, and the page to fetch. The page has one more row, which tells
/// whether a next page exists.
///
/// # Errors
/// 422 when `per_page` or `cursor` is malformed.
pub fn asked(params: &Params) -> Result<(usize, Page), Problem> {
    let shown = per_page(params)?;
    let after = params.text("cursor")?.map(|cursor| read_key(cursor).ok_or_else(unreadable)).transpose()?;
    Ok((usize::try_from(shown).unwrap_or(0), Page { limit: shown + 1, after }))
}

/// 422: the cursor is not one that Postern wrote.
pub fn unreadable() -> Problem {
    Problem::field("cursor", "is not one that this API gave: follow the Link header, or leave it out to begin anew")
}

/// A key as a cursor.
#[must_use]
pub fn write_key((time, id): (Timestamp, AnyId)) -> String {
    seal(&format!("{}.{id}", time.as_microsecond()))
}

fn read_key(cursor: &str) -> Option<(Timestamp, AnyId)> {
    let text = unseal(cursor)?;
    let (micros, id) = text.split_once('.')?;
    Some((Timestamp::from_microsecond(micros.parse().ok()?).ok()?, Id::parse(id)?))
}

/// Text as a cursor. It is opaque, so that no client depends on its contents.
#[must_use]
pub fn seal(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The text in a cursor.
#[must_use]
pub fn unseal(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// The `Link` to the page after `cursor`. It keeps every parameter of this request, except a secret
/// that the client put in the query.
#[must_use]
pub fn link(external_url: &Url, params: &Params, cursor: &str) -> Option<HeaderValue> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let is_secret = |name: &str| name.to_ascii_lowercase().contains("token");
    query.extend_pairs(params.pairs.iter().filter(|(name, _)| name != "cursor" && !is_secret(name)));
    query.append_pair("cursor", cursor);
    let base = external_url.as_str().trim_end_matches('/');
    HeaderValue::from_str(&format!("<{base}{}?{}>; rel=\"next\"", params.path, query.finish())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_its_key_and_garbage_does_not() {
        let key = (Timestamp::from_microsecond(1_796_097_600_123_456).unwrap(), Id::mint(Timestamp::UNIX_EPOCH));
        assert_eq!(read_key(&write_key(key)), Some(key));
        for garbage in ["", "x", "MTIz", "é", &seal("1.2"), &seal("99999999999999999999.x"), &seal(".")] {
            assert_eq!(read_key(garbage), None, "{garbage}");
        }
    }
}
