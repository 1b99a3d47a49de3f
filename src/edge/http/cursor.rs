//! Paging by key: an opaque cursor that says after which row to go on, and the `Link` to the next page (RFC 8288).

use super::param::Params;
use super::problem::Problem;
use crate::domain::id::{AnyId, Id};
use crate::store::desk::Page;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use url::{Url, form_urlencoded};

/// Rows on a page unless asked otherwise.
const DEFAULT: i64 = 20;
/// The most rows on a page; a client that asks for more gets this many and a link to the rest.
pub const MAX_PER_PAGE: i64 = 100;

/// How many rows a page has.
///
/// # Errors
/// 422 when `per_page` is no number.
pub fn per_page(params: &Params) -> Result<i64, Problem> {
    Ok(params.count("per_page")?.unwrap_or(DEFAULT).min(MAX_PER_PAGE))
}

/// The page asked for, with one row more than shown, which tells whether there is a next one.
///
/// # Errors
/// 422 when `per_page` or `cursor` is not readable.
pub fn asked(params: &Params) -> Result<(usize, Page), Problem> {
    let shown = per_page(params)?;
    let after = params.text("cursor")?.map(|cursor| read_key(cursor).ok_or_else(unreadable)).transpose()?;
    Ok((usize::try_from(shown).unwrap_or(0), Page { limit: shown + 1, after }))
}

/// The answer to a cursor that we did not write.
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

/// A text as a cursor: opaque, so that nobody builds on what is in it.
#[must_use]
pub fn seal(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The text in a cursor.
#[must_use]
pub fn unseal(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// The `Link` to the page after `cursor`, with every parameter of this request but a secret that somebody put there.
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
