//! Converts bytes and text to the domain's types and back; pure, no I/O, no clock.
//!
//! [`path`] parses the path in an SMTP command, and [`key`] maps an address to an intent. [`read`]
//! judges from a mail's headers whether a person or a machine wrote it. [`write`](mod@write) makes
//! the bytes of a notification, and [`trace`] the header lines that record how a mail arrived. All
//! of it handles hostile input: it returns a value or an error with a sentence, never panics, and
//! does work linear in the size of the input.

pub mod key;
pub mod path;
pub mod read;
pub mod trace;
pub mod write;
