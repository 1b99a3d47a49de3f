//! The message as lettre needs it, so that its bytes arrive as they are.

use crate::domain::failure::Failure;

/// A message that may be written behind DATA.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body<'a> {
    /// Without its last CRLF: lettre puts `CRLF . CRLF` behind whatever it gets, which would add an empty line.
    pub(super) bytes: &'a [u8],
    /// Does it need 8BITMIME (RFC 6152)?
    pub(super) has_8bit: bool,
}

impl<'a> Body<'a> {
    /// Looks `raw` over.
    ///
    /// Messages are composed with CRLF and nothing else. One with a bare CR or LF is refused rather than sent: lettre stuffs
    /// dots only behind CRLF, so `<LF>.<LF>` would leave as it is and some relays take it for the end.
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
