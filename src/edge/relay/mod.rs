//! The relay: sends notifications to a smarthost by SMTP, or to a folder.
//!
//! It takes a claimed delivery, runs one SMTP transaction (or writes one file) and returns the
//! result. It never decides whether a delivery may go: the claim and the dot gate do. Every wait
//! has a timeout, and a connection in doubt is dropped.

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
