//! A message: everything up to CRLF `.` CRLF, unstuffed (RFC 5321 §4.5.2).
//!
//! A message that cannot be taken is read on to its real end, so that its rest is never taken for commands, but nothing
//! more of it is kept. The first line counts as the beginning of a line: an empty message is `.` CRLF alone.

use super::super::budget::Reservation;
use super::{CR, LF};
use bytes::Bytes;

/// The first step in which a message's buffer grows, in bytes: most mail fits. Later steps double it.
const FIRST_STEP: usize = 16 << 10;

/// A refused message is read over up to so many times the largest size, then the connection is given up.
const SWALLOW_TIMES: usize = 4;

/// … but up to this many bytes whatever the largest size is.
const SWALLOW_AT_LEAST: usize = 1 << 20;

/// Why a message cannot be taken; the later one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The budget for messages being received is used up.
    NoRoom,
    /// Larger than allowed.
    TooBig,
    /// It holds a bare CR or LF.
    BareLineEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    /// Behind a dot at the start of a line.
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

    /// Takes the bytes that came next. When the message ends among them, says after how many; the rest is commands.
    pub fn feed(&mut self, input: &[u8]) -> Option<usize> {
        self.seen = self.seen.saturating_add(input.len());
        // What is kept is copied in long runs, cut only where a dot goes out.
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

    /// Makes room for `size` bytes in all, if the budget has it.
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

    /// How many bytes have come.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Has so much of a message come that its end is not worth waiting for?
    pub fn is_overrun(&self) -> bool {
        self.seen > self.max.saturating_mul(SWALLOW_TIMES).max(SWALLOW_AT_LEAST)
    }

    /// The whole message with the room it takes, or why it cannot be taken.
    pub fn finish(self) -> Result<(Bytes, Reservation), Fault> {
        match self.fault {
            None => Ok((Bytes::from(self.kept), self.room)),
            Some(fault) => Err(fault),
        }
    }
}
