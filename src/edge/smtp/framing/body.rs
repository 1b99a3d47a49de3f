//! Reads a message up to CRLF `.` CRLF and removes the dot-stuffing (RFC 5321 §4.5.2).
//!
//! A message that cannot be taken is read to its real end, so that its rest is never parsed as
//! commands, but no more of it is kept. The first byte counts as the start of a line: `.` CRLF
//! alone is an empty message.

use super::super::budget::Reservation;
use super::{CR, LF};
use bytes::Bytes;

/// First step in which a message's buffer grows, in bytes. Most mail fits; later steps double the
/// buffer.
const FIRST_STEP: usize = 16 << 10;

/// A refused message is read up to this many times the largest size; after that, the connection is
/// closed.
const SWALLOW_TIMES: usize = 4;

/// … but always up to at least this many bytes.
const SWALLOW_AT_LEAST: usize = 1 << 20;

/// Why a message cannot be taken. Of several faults, the greatest in this order is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The budget for messages being received is used up.
    NoRoom,
    /// The message exceeds the size limit.
    TooBig,
    /// The message contains a bare CR or LF.
    BareLineEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    /// After a dot at the start of a line.
    Dot,
    DotCr,
    Text,
    Cr,
}

/// A message being received.
#[derive(Debug)]
pub struct Body {
    place: Place,
    fault: Option<Fault>,
    kept: Vec<u8>,
    room: Reservation,
    size: usize,
    seen: usize,
    max: usize,
}

impl Body {
    /// An empty message of at most `max` bytes, kept in `room`.
    pub fn new(max: usize, room: Reservation) -> Self {
        Self { place: Place::LineStart, fault: None, kept: Vec::new(), room, size: 0, seen: 0, max }
    }

    /// Takes the next bytes. If the message ends among them, returns how many belong to it; the
    /// rest is commands.
    pub fn feed(&mut self, input: &[u8]) -> Option<usize> {
        self.seen = self.seen.saturating_add(input.len());
        // Bytes are copied in long runs that break only where a stuffed dot is removed.
        let (mut at, mut run) = (0, 0);
        while let Some(&byte) = input.get(at) {
            (self.place, at) = match (self.place, byte) {
                (Place::LineStart, b'.') => {
                    self.keep(&input[run..at]);
                    run = at + 1;
                    (Place::Dot, at + 1)
                }
                (Place::Dot, CR) => {
                    run = at + 1;
                    (Place::DotCr, at + 1)
                }
                (Place::LineStart | Place::Dot, _) => (Place::Text, at),
                (Place::DotCr, LF) => return Some(at + 1),
                (Place::Cr, LF) => (Place::LineStart, at + 1),
                (Place::Cr | Place::DotCr, _) => {
                    self.spoil(Fault::BareLineEnd);
                    (Place::Text, at)
                }
                (Place::Text, _) => self.pass_text(input, at),
            };
        }
        self.keep(&input[run..]);
        None
    }

    fn pass_text(&mut self, input: &[u8], at: usize) -> (Place, usize) {
        match memchr::memchr2(CR, LF, &input[at..]).map(|found| at + found) {
            None => (Place::Text, input.len()),
            Some(found) if input[found] == CR => (Place::Cr, found + 1),
            Some(found) => {
                self.spoil(Fault::BareLineEnd);
                (Place::Text, found + 1)
            }
        }
    }

    fn keep(&mut self, run: &[u8]) {
        self.size = self.size.saturating_add(run.len());
        if self.size > self.max {
            self.spoil(Fault::TooBig);
        }
        if self.fault.is_none() && !self.grow(self.size) {
            self.spoil(Fault::NoRoom);
        }
        if self.fault.is_none() {
            self.kept.extend_from_slice(run);
        }
    }

    /// Grows the buffer to `size` bytes in all, if the budget allows it.
    fn grow(&mut self, size: usize) -> bool {
        if size <= self.room.held() {
            return true;
        }
        let step = size.max(FIRST_STEP).max(self.room.held().saturating_mul(2)).min(self.max);
        if !self.room.grow_to(step.max(size)) {
            return false;
        }
        self.kept.reserve_exact(self.room.held() - self.kept.len());
        true
    }

    fn spoil(&mut self, fault: Fault) {
        self.fault = self.fault.max(Some(fault));
        self.kept = Vec::new();
        self.room.release();
    }

    /// Bytes received so far.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Whether the message is so large that the server stops waiting for its end.
    pub fn is_overrun(&self) -> bool {
        self.seen > self.max.saturating_mul(SWALLOW_TIMES).max(SWALLOW_AT_LEAST)
    }

    /// The whole message with its share of the budget, or why it cannot be taken.
    pub fn finish(self) -> Result<(Bytes, Reservation), Fault> {
        match self.fault {
            None => Ok((Bytes::from(self.kept), self.room)),
            Some(fault) => Err(fault),
        }
    }
}
