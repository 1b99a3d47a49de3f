//! Makes untrusted text safe for a terminal: none of it can move the cursor, change a colour or
//! hide a letter.

use std::borrow::Cow;

/// Whether a terminal or reader would act on this character instead of showing it.
fn is_active(c: char) -> bool {
    let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_control() || hides
}

/// `text` for a log line: active characters are written out (`\u{1b}`, `\n`).
pub(super) fn written_out(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| if is_active(c) { c.escape_default().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

/// `text` for a table cell: line breaks and tabs become spaces, other active characters U+FFFD.
pub(super) fn blotted(text: &str) -> Cow<'_, str> {
    let blot = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        c if is_active(c) => '\u{fffd}',
        c => c,
    };
    if text.contains(is_active) { Cow::Owned(text.chars().map(blot).collect()) } else { Cow::Borrowed(text) }
}

/// Complete JSON in which active characters that JSON allows in a string become `\u` escapes; it
/// parses to the same value.
///
/// JSON itself escapes characters below U+0020; line breaks between its tokens stay.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    let escape = |c: char| is_active(c) && !c.is_ascii_whitespace();
    if !text.contains(escape) {
        return Cow::Borrowed(text);
    }
    // All of them are in the basic multilingual plane, so one \u escape each is enough.
    let escaped = text.chars().map(|c| if escape(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31mb\r\nc\u{9b}2Jd\u{202e}e\u{7f}";

    #[test]
    fn nothing_active_is_left() {
        for clean in [written_out(HOSTILE), blotted(HOSTILE), json(&serde_json::Value::from(HOSTILE).to_string())] {
            assert!(!clean.contains(is_active), "{clean:?}");
        }
        assert_eq!(written_out("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(blotted("a\tb\u{1b}c"), "a b\u{fffd}c");
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let written = json(&serde_json::Value::from(HOSTILE).to_string()).into_owned();
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), HOSTILE);
    }
}
