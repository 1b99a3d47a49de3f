//! Where a command and a message end: at CRLF and at CRLF `.` CRLF, and nowhere else.
//!
//! A peer that reads `LF . CRLF` as an end of message and one that does not can be made to see two mails in one (SMTP
//! smuggling), so there is no tolerance here. Both readers are pure, take bytes as they arrive in any pieces, and keep
//! a bounded amount; `smtp-proto` is kept away from this (it ends a command at a bare LF and misses an empty message).

mod body;
mod line;
#[cfg(test)]
mod tests;

pub use body::{Body, Fault};
pub use line::{Line, Lines};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
