//! A failure for two audiences: the peer learns whether to retry, the log learns why.

/// Whether a retry can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanence {
    /// A later retry may succeed.
    Temporary,
    /// No retry will succeed.
    Permanent,
}

/// A failure at the boundary to an external party: a smarthost, an application, a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whether to try again.
    pub permanence: Permanence,
    /// The peer's words or Postern's own, on one line, safe to show to an operator; never a body,
    /// token or address.
    pub text: String,
}

impl Failure {
    /// A temporary failure.
    #[must_use]
    pub fn temporary(text: impl Into<String>) -> Self {
        Self { permanence: Permanence::Temporary, text: one_line(&text.into()) }
    }

    /// A permanent failure.
    #[must_use]
    pub fn permanent(text: impl Into<String>) -> Self {
        Self { permanence: Permanence::Permanent, text: one_line(&text.into()) }
    }
}

/// `text` on one line: control characters become spaces, and it is cut to 500 characters, because
/// it comes from a remote peer.
#[must_use]
pub fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
