//! Validates and sanitises header values.

use super::DraftError;

/// Longest subject or header value, in characters.
const VALUE_CHARS: usize = 2000;

/// Longest display name, in characters.
const NAME_CHARS: usize = 1000;

/// Longest Message-ID, in bytes with its brackets, so that it always fits on one line.
const MESSAGE_ID_BYTES: usize = 250;

/// Headers that an application must not write itself, and what to do instead.
const RESERVED: &[(&str, &str)] = &[
    ("from", "use the member `from`"),
    ("to", "use the member `to`"),
    ("cc", "use the member `cc`"),
    ("bcc", "use the member `bcc`"),
    ("reply-to", "use the member `reply_to`"),
    ("subject", "use the member `subject`"),
    ("message-id", "use the member `message_id`"),
    ("in-reply-to", "use the member `in_reply_to`"),
    ("references", "use the member `references`"),
    ("date", "leave it out: it is the time of the request"),
    ("sender", "use the member `from`"),
    ("mime-version", "leave it out, or send the whole mail as `raw`"),
    ("content-", "leave it out, or send the whole mail as `raw`"),
    ("return-path", "leave it out: mail servers write it"),
    ("received", "leave it out: mail servers write it"),
    ("dkim-signature", "leave it out: the relay signs"),
    ("resent-", "leave it out, or send the whole mail as `raw`"),
    ("x-postern-", "leave it out: these are Postern's own"),
];

/// Whether a program may treat this character as a line end, or it is invisible to people but
/// visible to programs.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` on one line: control characters become spaces, and a run of spaces becomes one space.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A sanitised display name.
pub(super) fn display_name(text: &str) -> Result<String, String> {
    if text.chars().count() > NAME_CHARS {
        return Err(format!("a display name has more than {NAME_CHARS} characters: shorten it"));
    }
    Ok(one_line(text))
}

/// A sanitised subject.
pub(super) fn subject(text: &str) -> Result<String, DraftError> {
    if text.chars().count() > VALUE_CHARS {
        return Err(DraftError::new("subject", format!("it has more than {VALUE_CHARS} characters: shorten it")));
    }
    Ok(one_line(text))
}

/// The value of a header that an application adds under its own name.
pub(super) fn header(name: &str, value: &str) -> Result<String, DraftError> {
    let wrong = |text: String| Err(DraftError::new("headers", text));
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 76 || !name.bytes().all(is_token) {
        return wrong("a header name has 1 to 76 letters, digits and hyphens, no spaces and no colon".into());
    }
    let folded = name.to_ascii_lowercase();
    let is_reserved = |known: &str| if known.ends_with('-') { folded.starts_with(known) } else { folded == known };
    if let Some((_, remedy)) = RESERVED.iter().find(|(known, _)| is_reserved(known)) {
        return wrong(format!("`{name}` cannot be set here: {remedy}"));
    }
    if value.chars().any(is_control) {
        return wrong(format!("the value of `{name}` holds a line break or another control character: remove it"));
    }
    if value.chars().count() > VALUE_CHARS {
        return wrong(format!("the value of `{name}` has more than {VALUE_CHARS} characters: shorten it"));
    }
    Ok(one_line(value))
}

/// The Message-ID of the mail itself, with angle brackets (optional in `text`): a `msg-id` of RFC
/// 5322 §3.6.4.
pub(super) fn own_message_id(field: &'static str, text: &str) -> Result<String, DraftError> {
    checked_id(field, text, is_dot_atom, |right| is_dot_atom(right) || is_literal(right))
}

/// The Message-ID of another mail, with angle brackets (optional in `text`). Other programs often
/// write an invalid `msg-id`; readers still thread by it, as long as it has text on both sides of
/// the `@`.
pub(super) fn message_id(field: &'static str, text: &str) -> Result<String, DraftError> {
    checked_id(field, text, |left| !left.is_empty(), |right| !right.is_empty())
}

fn checked_id(
    field: &'static str,
    text: &str,
    is_left: impl Fn(&str) -> bool,
    is_right: impl Fn(&str) -> bool,
) -> Result<String, DraftError> {
    let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    let is_short = bare.len() + 2 <= MESSAGE_ID_BYTES;
    let fits = is_short
        && bare.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
        && bare.rsplit_once('@').is_some_and(|(left, right)| is_left(left) && is_right(right));
    if fits {
        return Ok(format!("<{bare}>"));
    }
    let text = format!(
        "a Message-ID looks like <note_1@forge.example.com>: ASCII without spaces on both sides of one @, words joined by \
         single dots, at most {MESSAGE_ID_BYTES} bytes (RFC 5322 §3.6.4)"
    );
    Err(DraftError::new(field, text))
}

/// Whether `text` is words joined by single dots (RFC 5322 §3.2.3).
fn is_dot_atom(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.').all(|word| !word.is_empty() && word.bytes().all(is_atext))
}

/// Whether `text` is a `no-fold-literal`, such as `[192.0.2.1]`.
fn is_literal(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| !inner.contains(['[', ']', '\\']))
}

/// The value of the loop mark's header.
pub(super) fn loop_mark(text: &str) -> Result<&str, DraftError> {
    if text.is_empty() || text.len() > 200 || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(DraftError::new("loop_mark", "it has 1 to 200 visible ASCII characters"));
    }
    Ok(text)
}

/// The date in UTC, as RFC 5322 §3.3 writes it.
pub(super) fn date(at: jiff::Timestamp) -> Result<String, DraftError> {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC))
        .map_err(|_| DraftError::new("date", "the year must be between 0 and 9999"))
}
