//! Outgoing mail: the bytes of a notification.
//!
//! [`compose`] makes a mail from its parts, [`adopt`] takes over an application's ready RFC 5322
//! mail. Both are pure: the same input gives the same bytes, so that every attempt and retry sends
//! the same mail. Both validate their input: none of it can add a header, a recipient or a MIME
//! part. Input that cannot be written gives a [`DraftError`] that names the member to change;
//! nothing panics.
//!
//! The output has CRLF line endings only, header lines folded at 76 bytes where possible, and no
//! line above 998 bytes (RFC 5322 §2.1.1; a longer one in a body is encoded, or refused when
//! encoding would change what is read). It always has Message-ID, Date, `Auto-Submitted`,
//! `X-Auto-Response-Suppress` and the loop mark, and never `Bcc`.

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

/// Why a mail cannot be written; the application receives it as a 422.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {text}")]
pub struct DraftError {
    /// The member of the request that must change.
    pub field: &'static str,
    /// A sentence that says what is wrong and how to fix it, without the member's content.
    pub text: String,
}

impl DraftError {
    fn new(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, text: text.into() }
    }
}
