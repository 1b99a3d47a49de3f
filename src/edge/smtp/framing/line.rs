//! Commands: lines that end in CRLF, at most [`LINE_LIMIT`] bytes.

use super::{CR, LF};
use bytes::{Buf, BytesMut};

/// The longest command line with its CRLF, in bytes (RFC 5321 §4.5.3.1.4 wants 512 at least; Postfix takes as many).
pub const LINE_LIMIT: usize = 2048;

/// How much of too long lines is read over in one session before it is given up, in bytes.
const SKIP_LIMIT: usize = 16 << 20;

/// What stands at the beginning of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Not a whole line yet.
    Partial,
    /// A line of so many bytes, its CRLF included; the caller takes them out.
    Whole(usize),
    /// A line longer than [`LINE_LIMIT`]: it is read over up to its CRLF, and this is said once.
    TooLong,
    /// A bare CR or LF, or no end of a line in sight: what follows cannot be trusted to be commands.
    Broken,
}

/// Finds the lines in a growing buffer, looking at each byte once.
#[derive(Debug, Default)]
pub struct Lines {
    looked: usize,
    skipping: bool,
    skipped: usize,
}

enum End {
    At(usize),
    Bare,
    /// None before this place; a CR there may still become a CRLF.
    NotBefore(usize),
}

impl Lines {
    /// What stands at the beginning of `buffer`; bytes of a too long line are dropped from it.
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
