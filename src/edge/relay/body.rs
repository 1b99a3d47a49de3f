//! Prepares a message for lettre, so that its bytes arrive unchanged.

use crate::domain::failure::Failure;

/// A message that is safe to write after DATA.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body<'a> {
    /// The message without its last CRLF: lettre always appends `CRLF . CRLF`, which would add an
    /// empty line.
    pub(super) bytes: &'a [u8],
    /// Whether the message needs 8BITMIME (RFC 6152).
    pub(super) has_8bit: bool,
}

impl<'a> Body<'a> {
    /// Checks `raw`.
    ///
    /// Postern composes messages with CRLF only, and refuses one with a bare CR or LF. lettre
    /// dot-stuffs only after CRLF, so `<LF>.<LF>` would be sent unchanged, and some relays take it
    /// for the end of the message.
    pub(super) fn of(raw: &'a [u8]) -> Result<Self, Failure> {
        let mut previous = 0;
        for byte in raw {
            if (*byte == b'\n') != (previous == b'\r') {
                return Err(Failure::permanent(
                    "the message has a line that ends in a bare CR or LF; enqueue it again with CRLF line ends",
                ));
            }
            previous = *byte;
        }
        if previous == b'\r' {
            return Err(Failure::permanent("the message ends in a bare CR; enqueue it again with CRLF line ends"));
        }
        Ok(Self { bytes: raw.strip_suffix(b"\r\n").unwrap_or(raw), has_8bit: !raw.is_ascii() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_last_line_end_is_left_to_the_dot() {
        assert_eq!(Body::of(b"a: b\r\n\r\nx\r\n\r\n").unwrap().bytes, b"a: b\r\n\r\nx\r\n");
        assert_eq!(Body::of(b"x").unwrap().bytes, b"x");
        assert_eq!(Body::of(b"\r\n").unwrap().bytes, b"");
        assert_eq!(Body::of(b"").unwrap().bytes, b"");
    }

    #[test]
    fn bare_line_ends_are_refused_for_good() {
        for raw in ["a\n", "\na", "a\rb\r\n", "a\r", "a\r\r\n", "a\r\n\n", "\n.\r\n"] {
            let refused = Body::of(raw.as_bytes());
            assert!(refused.is_err_and(|f| f.permanence == crate::domain::failure::Permanence::Permanent), "{raw:?}");
        }
    }

    #[test]
    fn eight_bits_are_noticed() {
        assert!(Body::of("gr\u{fc}n\r\n".as_bytes()).unwrap().has_8bit);
        assert!(!Body::of(b"green\r\n").unwrap().has_8bit);
    }
}
