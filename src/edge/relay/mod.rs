//! Where notifications leave: a smarthost by SMTP, or a folder.
//!
//! In comes a claimed delivery, out goes one SMTP transaction (or one file) and what came of it. Nothing here decides whether a
//! delivery may go: the claim and the gate do. Every wait has an end, and a connection about which there is any doubt is dropped.

pub mod file;
pub mod smtp;

mod body;
mod line;
mod place;
mod reply;
mod stream;
#[cfg(test)]
mod tests;
mod timeouts;
mod trouble;

pub use place::RelayUrlError;
pub use timeouts::Timeouts;
