//! Decodes the subject of a ready message, for the report.

use super::header_section;
use mail_parser::MessageParser;
use std::sync::LazyLock;

/// Longest subject kept, in characters.
const SUBJECT_CHARS: usize = 250;

static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().header_text("Subject").default_header_ignore());

/// The subject, decoded, on one line without control characters; `None` when there is none.
#[must_use]
pub fn subject(raw: &[u8]) -> Option<String> {
    let message = PARSER.parse_headers(header_section(raw))?;
    // Decoded words may hold CR, LF and NUL.
    let text: String =
        message.subject()?.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT_CHARS).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_subject_cannot_break_a_line() {
        assert_eq!(subject(b"Subject: =?utf-8?q?a=0D=0Ab?=\r\n\r\n").as_deref(), Some("a  b"));
        assert_eq!(subject(b"From: a@b\r\n\r\nSubject: body\r\n"), None);
    }
}
