//! The application's edge: hands accepted mail over to it (Maildir or webhook) and tells it about
//! mode changes.
//!
//! It takes a claimed hand-over, delivers the unchanged message with its labels, and returns the
//! application's answer. It never decides what an answer means for the mail (`policy::handover`
//! does), and never logs a body, a key or an address.

pub mod maildir;
pub mod mode_webhook;
pub mod webhook;

mod client;
mod label;
mod retry_after;
mod signature;
#[cfg(test)]
mod tests;
