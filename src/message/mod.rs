//! Bytes and text on one side, the domain's nouns on the other; pure, no I/O, no clock.
//!
//! [`path`] reads the path in an SMTP command, [`key`] says what an address asks for, [`read`] what the headers of a mail say about its author (a person or a
//! machine), [`write`](mod@write) makes the bytes of a notification, [`trace`] the header lines that say how a mail came. Everything here works on hostile input: it answers or
//! errs with a sentence, it never panics, and its work grows linearly with the input.

pub mod key;
pub mod path;
pub mod read;
pub mod trace;
pub mod write;
