//! Builds a header section.
//!
//! The mail library writes bodies and MIME parts, but not these lines: it leaves a list of plain
//! addresses and a long unbroken subject on one line of any length, copies `=?…?=` in a subject
//! unchanged (readers then decode text that was never encoded), and panics on a line break in a
//! display name.

use super::{DraftError, clean};
use crate::domain::address::Mailbox;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Longest line before folding (RFC 5322 §2.1.1, RFC 2047 §2).
const LINE_BYTES: usize = 76;

/// A longer word is written as encoded words, since it could not be folded. With the longest header
/// name, a word of this length stays below 998.
const WORD_BYTES: usize = 900;

/// Bytes in one encoded word: 52 characters of base64 and 12 of framing fit after most header
/// names.
const ENCODED_BYTES: usize = 39;

/// Longer display names are encoded, so that they can be folded.
const QUOTED_BYTES: usize = 60;

/// Complete header lines, each ending in CRLF.
#[derive(Debug, Default)]
pub(super) struct Section(String);

impl Section {
    /// Writes `name`, then `words` with a space or a fold between them. Words hold no line break
    /// and stay below 998 bytes.
    pub(super) fn words(&mut self, name: &str, words: impl IntoIterator<Item = impl AsRef<str>>) {
        self.0.push_str(name);
        self.0.push(':');
        let mut line = name.len() + 1;
        for (place, word) in words.into_iter().enumerate() {
            let word = word.as_ref();
            if place > 0 && line + 1 + word.len() > LINE_BYTES {
                self.0.push_str("\r\n");
                line = 0;
            }
            self.0.push(' ');
            self.0.push_str(word);
            line += 1 + word.len();
        }
        self.0.push_str("\r\n");
    }

    /// Writes an unstructured header; `text` is on one line.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        if is_plain(text) && text.split(' ').all(|word| word.len() <= WORD_BYTES) {
            self.words(name, text.split(' '));
        } else {
            self.words(name, encoded_words(text));
        }
    }

    /// Writes a list of addresses.
    pub(super) fn mailboxes(
        &mut self,
        name: &str,
        field: &'static str,
        mailboxes: &[Mailbox],
    ) -> Result<(), DraftError> {
        let mut words = Vec::new();
        for (place, mailbox) in mailboxes.iter().enumerate() {
            let comma = if place + 1 < mailboxes.len() { "," } else { "" };
            let display = clean::display_name(mailbox.name.as_deref().unwrap_or(""))
                .map_err(|text| DraftError::new(field, text))?;
            if display.is_empty() {
                words.push(format!("{}{comma}", mailbox.address));
            } else {
                words.extend(display_words(&display));
                words.push(format!("<{}>{comma}", mailbox.address));
            }
        }
        self.words(name, words);
        Ok(())
    }

    /// The lines as bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Whether `text` is printable ASCII that no reader takes for an encoded word.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~')) && !text.contains("=?")
}

/// A display name: unchanged, quoted (RFC 5322 §3.2.4), or as encoded words.
fn display_words(name: &str) -> Vec<String> {
    if !is_plain(name) || name.len() > QUOTED_BYTES {
        return encoded_words(name);
    }
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b" -_".contains(&b)) {
        return vec![name.to_owned()];
    }
    vec![format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))]
}

/// `text` as encoded words (RFC 2047 §2) that never split a character; readers join them without a
/// space.
fn encoded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(ENCODED_BYTES));
        words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(chunk)));
        rest = after;
    }
    words
}
