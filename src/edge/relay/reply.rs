//! Rewrites the relay's reply lines into the one form that lettre reads correctly. Pure.
//!
//! lettre 0.11 fails on a reply without text (`250`, which RFC 5321 §4.2 allows), on text that is
//! not UTF-8 and on lines that end in a bare LF. It panics on a blank line in the EHLO response,
//! and knows EHLO keywords in capitals only. After the dot, each of the first three would turn
//! "delivered" into "unknown", and the mail would be sent twice.

/// Longest line accepted, including its end. RFC 5321 §4.5.3.1.5 allows 512.
pub(super) const MAX_LINE: usize = 1000;

/// The EHLO keywords that Postern uses.
const KEYWORDS: [&str; 3] = ["8BITMIME", "SMTPUTF8", "AUTH"];

/// A line of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReplyLine {
    /// `CODE`, `-` or a space, the text, CRLF.
    pub(super) bytes: Vec<u8>,
    /// Whether this is the last line of the reply.
    pub(super) is_last: bool,
}

/// Reads one line, with or without its end; `None` if it is not a reply line.
pub(super) fn tidy(line: &[u8]) -> Option<ReplyLine> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    let code = text.get(..3).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?;
    let (mark, words) = match text.as_bytes().get(3) {
        None | Some(b' ') => (' ', text.get(4..).unwrap_or_default()),
        Some(b'-') => ('-', text.get(4..).unwrap_or_default()),
        Some(_) => return None,
    };
    let bytes = format!("{code}{mark}{}\r\n", capitals(words)).into_bytes();
    Some(ReplyLine { bytes, is_last: mark == ' ' })
}

/// `words`, in upper case if they begin with a keyword that Postern uses.
fn capitals(words: &str) -> String {
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let first = clean.split_whitespace().next().unwrap_or_default();
    if KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(first)) {
        return clean.trim().to_ascii_uppercase();
    }
    if first.is_empty() { String::new() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(line: &[u8]) -> String {
        String::from_utf8(tidy(line).unwrap().bytes).unwrap()
    }

    #[test]
    fn an_ordinary_line_stays_as_it_is() {
        assert_eq!(tidied(b"250 2.0.0 Ok: queued as 4F\r\n"), "250 2.0.0 Ok: queued as 4F\r\n");
        assert_eq!(tidied(b"250-mail.example.com\r\n"), "250-mail.example.com\r\n");
    }

    #[test]
    fn a_reply_without_text_is_a_reply() {
        assert_eq!(tidy(b"250\r\n"), Some(ReplyLine { bytes: b"250 \r\n".to_vec(), is_last: true }));
        assert_eq!(tidy(b"250-  \r\n"), Some(ReplyLine { bytes: b"250-\r\n".to_vec(), is_last: false }));
    }

    #[test]
    fn foreign_letters_and_odd_line_ends_do_no_harm() {
        assert_eq!(tidied(b"250 Gr\xfc\xdfe\n"), "250 Gr\u{fffd}\u{fffd}e\r\n");
        assert_eq!(tidied(b"250 a\x00b\rc\r\n"), "250 a b c\r\n");
        assert_eq!(tidied(b"250-\x1c \x1d\r\n"), "250-\r\n");
    }

    #[test]
    fn keywords_are_read_in_any_case() {
        assert_eq!(tidied(b"250-8bitMime\r\n"), "250-8BITMIME\r\n");
        assert_eq!(tidied(b"250 auth plain Login\r\n"), "250 AUTH PLAIN LOGIN\r\n");
    }

    #[test]
    fn anything_else_is_no_reply() {
        for line in ["", "\r\n", "25", "HTTP/1.1 400", "250ok", "2é", "\u{fffd}50 x", "   "] {
            assert_eq!(tidy(line.as_bytes()), None, "{line:?} was taken");
        }
    }
}
