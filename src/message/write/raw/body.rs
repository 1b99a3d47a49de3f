//! Handles a ready mail's body with a line longer than a relay must accept (RFC 5322 §2.1.1).
//!
//! A body that is a single text is re-encoded as quoted-printable, which a reader shows unchanged.
//! Any other body is refused: in a multipart mail the boundaries would have to be found exactly as
//! every reader finds them, and a signed mail would no longer match its signature.

use super::{Field, LINE_BYTES, refuse};
use crate::message::write::DraftError;
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;
use std::borrow::Cow;

/// Headers that describe the exact bytes of the body.
const SIGNED: &[&str] = &["dkim-signature", "domainkey-signature", "content-md5"];

/// A body that can be sent.
pub(super) struct Fit<'a> {
    /// The body with CRLF line ends.
    pub(super) bytes: Cow<'a, [u8]>,
    /// The body is now quoted-printable, which a header must say in place of the earlier encoding.
    pub(super) is_encoded: bool,
}

/// Makes `body` sendable.
///
/// # Errors
/// When it has a line that is too long and cannot be re-encoded.
pub(super) fn fit<'a>(body: &'a [u8], fields: &[Field<'_>]) -> Result<Fit<'a>, DraftError> {
    let mut lines = body.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let Some(place) = lines.position(|line| line.len() > LINE_BYTES) else {
        return Ok(Fit { bytes: Cow::Borrowed(body), is_encoded: false });
    };
    if !is_plain_text(fields) {
        return refuse(format!(
            "line {} of the body is longer than {LINE_BYTES} bytes, which mail servers need not take: encode its part as \
             quoted-printable or base64",
            place + 1
        ));
    }
    // Quoted-printable can encode any bytes; the library returns an error only for other encodings.
    let encoded = Body::new_with_encoding(body.to_vec(), ContentTransferEncoding::QuotedPrintable);
    let bytes = encoded.map_or_else(Cow::Owned, |encoded| Cow::Owned(encoded.into_vec()));
    Ok(Fit { bytes, is_encoded: true })
}

/// Whether the mail is a single unencoded text, and no header describes its exact bytes.
fn is_plain_text(fields: &[Field<'_>]) -> bool {
    let is_text = word(fields, "content-type").is_some_and(|word| word.is_empty() || word.starts_with("text/"));
    let encoding = word(fields, "content-transfer-encoding");
    let is_as_it_is = encoding.is_some_and(|word| matches!(word.as_str(), "" | "7bit" | "8bit" | "binary"));
    is_text && is_as_it_is && !fields.iter().any(|field| SIGNED.contains(&field.name.as_str()))
}

/// The first word of a header, without parameters, in lower case; empty when the header is absent,
/// `None` when it appears twice.
fn word(fields: &[Field<'_>], name: &str) -> Option<String> {
    let mut found = fields.iter().filter(|field| field.name == name);
    let (first, second) = (found.next(), found.next());
    if second.is_some() {
        return None;
    }
    let value = first.map_or_else(Vec::new, |field| field.lines.concat().split_off(name.len() + 1));
    let value = String::from_utf8_lossy(&value).to_ascii_lowercase();
    Some(value.split(';').next().unwrap_or_default().trim().to_owned())
}
