//! What went wrong, for two audiences: the peer hears whether to come again, the log hears why.

/// Will it work later?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanence {
    /// Trying again later may work.
    Temporary,
    /// It will not work, however often it is tried.
    Permanent,
}

/// A failure at the boundary to somebody else: a smarthost, an application, a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whether to try again.
    pub permanence: Permanence,
    /// The other side's words or ours, one line, safe to show to an operator; never a body, token or address.
    pub text: String,
}

impl Failure {
    /// A failure that may pass.
    #[must_use]
    pub fn temporary(text: impl Into<String>) -> Self {
        Self { permanence: Permanence::Temporary, text: one_line(&text.into()) }
    }

    /// A failure that will not pass.
    #[must_use]
    pub fn permanent(text: impl Into<String>) -> Self {
        Self { permanence: Permanence::Permanent, text: one_line(&text.into()) }
    }
}

/// `text` on one line: control characters become spaces, at most 500 characters (it comes from a remote peer).
#[must_use]
pub fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
