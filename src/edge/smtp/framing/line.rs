//! Splits commands: lines that end in CRLF, at most [`LINE_LIMIT`] bytes each.

use super::{CR, LF};
use bytes::{Buf, BytesMut};

/// Longest command line with its CRLF, in bytes. RFC 5321 §4.5.3.1.4 requires at least 512; Postfix
/// also takes 2048.
pub const LINE_LIMIT: usize = 2048;

/// Bytes of overlong lines that one session may skip before it ends.
const SKIP_LIMIT: usize = 16 << 20;

/// What the start of the buffer contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// No complete line yet.
    Partial,
    /// A complete line with its length in bytes, CRLF included. The caller removes it from the
    /// buffer.
    Whole(usize),
    /// A line longer than [`LINE_LIMIT`]. It is skipped up to its CRLF and reported once.
    TooLong,
    /// A bare CR or LF, or too much input without a line end. The bytes that follow cannot be
    /// trusted to be commands.
    Broken,
}

/// Finds the lines in a growing buffer and examines each byte once.
#[derive(Debug, Default)]
pub struct Lines {
    looked: usize,
    skipping: bool,
    skipped: usize,
}

enum End {
    At(usize),
    Bare,
    /// No line end before this position; a CR there may still become a CRLF.
    NotBefore(usize),
}

impl Lines {
    /// What the start of `buffer` contains. Bytes of an overlong line are removed from it.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Line {
        loop {
            match end_of_line(buffer, self.looked) {
                End::Bare => return Line::Broken,
                End::At(end) => {
                    self.looked = 0;
                    if std::mem::take(&mut self.skipping) {
                        buffer.advance(end);
                    } else if end > LINE_LIMIT {
                        buffer.advance(end);
                        return Line::TooLong;
                    } else {
                        return Line::Whole(end);
                    }
                }
                End::NotBefore(place) if buffer.len() < LINE_LIMIT && !self.skipping => {
                    self.looked = place;
                    return Line::Partial;
                }
                End::NotBefore(place) => return self.skip(buffer, place),
            }
        }
    }

    fn skip(&mut self, buffer: &mut BytesMut, place: usize) -> Line {
        buffer.advance(place);
        self.looked = 0;
        self.skipped += place;
        let said = std::mem::replace(&mut self.skipping, true);
        match (self.skipped > SKIP_LIMIT, said) {
            (true, _) => Line::Broken,
            (false, true) => Line::Partial,
            (false, false) => Line::TooLong,
        }
    }
}

fn end_of_line(buffer: &[u8], from: usize) -> End {
    let Some(place) = memchr::memchr2(CR, LF, buffer.get(from..).unwrap_or_default()).map(|place| from + place) else {
        return End::NotBefore(buffer.len());
    };
    match (buffer[place], buffer.get(place + 1)) {
        (CR, Some(&LF)) => End::At(place + 2),
        (CR, None) => End::NotBefore(place),
        _ => End::Bare,
    }
}
