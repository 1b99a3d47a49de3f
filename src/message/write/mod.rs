//! Outgoing mail: the bytes of a notification.
//!
//! [`compose`] makes a mail from its parts, [`adopt`] takes an application's ready RFC 5322 mail over. Both are pure:
//! the same input gives the same bytes, so that every attempt and every retry sends the same mail. Both check
//! instead of trusting: whatever the input holds, it cannot add a header, a recipient or a MIME part.
//! What cannot be written is a [`DraftError`] that names the member to change; nothing panics.
//!
//! Written are CRLF line endings only, header lines folded at 76 bytes where they can be, no line above 998 bytes
//! (RFC 5322 §2.1.1; a longer one in a body is encoded, or refused where that would change what is read), and always Message-ID, Date, `Auto-Submitted`, `X-Auto-Response-Suppress` and the loop mark.
//! `Bcc` never is.

mod clean;
mod draft;
mod mailbox;
mod raw;
mod section;
#[cfg(test)]
mod tests;

pub use draft::{Draft, compose};
pub use mailbox::{parse_mailbox, parse_mailboxes};
pub use raw::adopt;

/// Why a mail cannot be written; the application hears it as a 422.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {text}")]
pub struct DraftError {
    /// The member of the request that has to change.
    pub field: &'static str,
    /// What is wrong with it and what to do, a sentence without the member's content.
    pub text: String,
}

impl DraftError {
    fn new(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, text: text.into() }
    }
}
