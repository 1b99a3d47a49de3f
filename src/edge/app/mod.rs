//! The application: where accepted mail is handed over (a Maildir or a webhook), and who is told of the mode.
//!
//! In comes a claimed hand-over, out goes the untouched message with its labels, and what the application said. Nothing here
//! decides what an answer means for the mail (`policy::handover` does); nothing here logs a body, a key or an address.

pub mod maildir;
pub mod mode_webhook;
pub mod webhook;

mod client;
mod label;
mod retry_after;
mod signature;
#[cfg(test)]
mod tests;
