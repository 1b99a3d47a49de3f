//! Decides where a command and a message end: only at CRLF and at CRLF `.` CRLF.
//!
//! If one server takes `LF . CRLF` for the end of a message and another does not, an attacker can
//! hide a second mail in the first (SMTP smuggling). So the framing tolerates no bare line ends.
//! Both readers are pure, take bytes in pieces of any size, and keep a bounded amount. `smtp-proto`
//! does no framing here: it ends a command at a bare LF and misses an empty message.

mod body;
mod line;
#[cfg(test)]
mod tests;

pub use body::{Body, Fault};
pub use line::{Line, Lines};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
