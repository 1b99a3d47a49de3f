//! Takes over an application's ready mail: checks it, completes it, and leaves its body unchanged
//! unless a line is too long.
//!
//! The header section is read line by line, by strict rules: a line that a lenient reader could
//! take for another header (a space before the colon, a line without a colon) is refused.

mod body;

use super::{DraftError, clean, section::Section};
use crate::message::read::LOOP_HEADER;

/// Longest header line, without its CRLF (RFC 5322 §2.1.1).
const LINE_BYTES: usize = 998;

/// Headers that are removed: blind recipients, the header that the final server writes, and (by
/// their prefix) Postern's own, which hold keys when the application forwards a mail that Postern
/// handed over.
const REMOVED: &[&str] = &["bcc", "resent-bcc", "return-path"];

/// One header: its name in lower case and its lines without line ends.
struct Field<'a> {
    name: String,
    lines: Vec<&'a [u8]>,
}

impl Field<'_> {
    /// Whether the header has a value.
    fn has_value(&self) -> bool {
        let behind_colon = |line: &[u8]| line[self.name.len() + 1..].iter().any(|b| !b.is_ascii_whitespace());
        self.lines.len() > 1 || self.lines.first().is_some_and(|line| behind_colon(line))
    }
}

/// Takes over `raw`: normalises line ends to CRLF, removes `Bcc`, `Resent-Bcc`, `Return-Path` and
/// `X-Postern-*`, adds any missing Message-ID, Date, `Auto-Submitted` and
/// `X-Auto-Response-Suppress`, and adds the loop mark.
///
/// # Errors
/// When the mail cannot be sent: NUL, no `From` or two, a malformed header section, a long line
/// that cannot be folded, a long line in a body that cannot be re-encoded.
pub fn adopt(
    raw: &[u8],
    date: jiff::Timestamp,
    fallback_message_id: &str,
    loop_mark: &str,
) -> Result<Vec<u8>, DraftError> {
    if raw.contains(&0) {
        return refuse("the mail holds a NUL byte: encode its parts as base64");
    }
    let mail = with_crlf(raw);
    let (head, body) = split(&mail);
    let mut fields = fields(head)?;
    fields.retain(|field| !REMOVED.contains(&field.name.as_str()) && !field.name.starts_with("x-postern-"));
    check_from(&fields)?;
    let body = body::fit(body, &fields)?;
    let mut added = Section::default();
    if body.is_encoded {
        fields.retain(|field| field.name != "content-transfer-encoding");
        added.words("Content-Transfer-Encoding", ["quoted-printable"]);
        if !fields.iter().any(|field| field.name == "mime-version") {
            added.words("MIME-Version", ["1.0"]);
        }
    }
    let completions = [
        ("Message-ID", clean::message_id("message_id", fallback_message_id)?),
        ("Date", clean::date(date)?),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        (LOOP_HEADER, clean::loop_mark(loop_mark)?.to_owned()),
    ];
    for (name, value) in completions {
        let is_this = |field: &Field<'_>| name.eq_ignore_ascii_case(&field.name);
        fields.retain(|field| !is_this(field) || field.has_value());
        if !fields.iter().any(is_this) {
            added.words(name, [value]);
        }
    }
    let mut out = Vec::with_capacity(mail.len() + 1024);
    for line in fields.iter().flat_map(|field| &field.lines) {
        fold(line, &mut out)?;
    }
    out.extend(added.into_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body.bytes);
    Ok(out)
}

fn refuse<T>(text: impl Into<String>) -> Result<T, DraftError> {
    Err(DraftError::new("raw", text))
}

/// The same lines, each ending in CRLF, including the last one.
fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32 + 2);
    let mut before = 0;
    for byte in raw {
        match byte {
            b'\n' if before == b'\r' => {}
            b'\r' | b'\n' => out.extend_from_slice(b"\r\n"),
            _ => out.push(*byte),
        }
        before = *byte;
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The header section with its last CRLF, and the body.
fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = mail.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    match mail.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(place) => (&mail[..place + 2], &mail[place + 4..]),
        None => (mail, &[]),
    }
}

fn fields(head: &[u8]) -> Result<Vec<Field<'_>>, DraftError> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let lines = head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for (place, line) in lines.enumerate() {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            // A line of white space only: some readers would end the header section here.
            continue;
        }
        if line.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            return refuse(format!("header line {} holds a control character: remove it", place + 1));
        }
        match (fields.last_mut(), line[0] == b' ' || line[0] == b'\t') {
            (Some(field), true) => field.lines.push(line),
            (None, true) => {
                return refuse("the first line of the mail must be a header, without white space before it");
            }
            (_, false) => fields.push(Field { name: field_name(line, place + 1)?, lines: vec![line] }),
        }
    }
    Ok(fields)
}

fn field_name(line: &[u8], number: usize) -> Result<String, DraftError> {
    let colon = line.iter().position(|b| *b == b':').unwrap_or(0);
    match std::str::from_utf8(&line[..colon]) {
        Ok(name) if colon > 0 && name.bytes().all(|b| b.is_ascii_graphic()) => Ok(name.to_ascii_lowercase()),
        _ => {
            refuse(format!("header line {number} is not `Name: value`: write it so, and an empty line before the body"))
        }
    }
}

fn check_from(fields: &[Field<'_>]) -> Result<(), DraftError> {
    let mut authors = fields.iter().filter(|field| field.name == "from");
    match (authors.next(), authors.next()) {
        (Some(author), None) if author.lines.concat().contains(&b'@') => Ok(()),
        (Some(_), None) => refuse("its From header holds no address: add one"),
        (Some(_), Some(_)) => refuse("it has two From headers: leave one"),
        (None, _) => refuse("it has no From header: add one"),
    }
}

/// Appends a header line, folded at white space when it is too long. The line ends in a visible
/// character.
fn fold(line: &[u8], out: &mut Vec<u8>) -> Result<(), DraftError> {
    let is_space = |b: &u8| *b == b' ' || *b == b'\t';
    let mut rest = line;
    while rest.len() > LINE_BYTES {
        let visible = rest.iter().position(|b| !is_space(b)).unwrap_or(0);
        let place = (visible + 1..=LINE_BYTES).rev().find(|place| is_space(&rest[*place]));
        let Some(place) = place else {
            return refuse(format!("a header line is longer than {LINE_BYTES} bytes and has no space to fold it at"));
        };
        out.extend_from_slice(&rest[..place]);
        out.extend_from_slice(b"\r\n");
        rest = &rest[place..];
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

#[cfg(test)]
mod tests;
