//! Limits a client's errors. A refusal because of the mode is never counted, nor is an error that
//! only follows from an earlier refusal.

use super::reply::{self, Reply};

/// Errors since the last accepted mail that are tolerated; one more ends the session. Postfix has
/// the same limit.
const MAX_ERRORS: u32 = 20;

/// Commands without mail since the last accepted mail that are tolerated; one more ends the
/// session.
const MAX_JUNK: u32 = 100;

/// Recipients over the limit that are tolerated; each further one counts as an error. An honest
/// client stops at the first 452.
const MAX_OVERSHOOT: u32 = 1000;

/// A client's errors since its last accepted mail.
#[derive(Debug, Default)]
pub struct Patience {
    errors: u32,
    junk: u32,
    overshoot: u32,
}

impl Patience {
    /// Counts a mistake, or a guessed address.
    pub fn count_error(&mut self) {
        self.errors += 1;
    }

    /// Counts a command that brings no mail.
    pub fn count_junk(&mut self) {
        self.junk += 1;
    }

    /// Counts a recipient over the limit.
    pub fn count_overshoot(&mut self) {
        self.overshoot += 1;
        if self.overshoot > MAX_OVERSHOOT {
            self.errors += 1;
        }
    }

    /// Resets all counts after an accepted mail.
    pub fn restore(&mut self) {
        *self = Self::default();
    }

    /// The reply that ends the session, once a limit is exceeded.
    pub fn last_words(&self) -> Option<Reply> {
        if self.errors > MAX_ERRORS {
            return Some(reply::TOO_MANY_ERRORS);
        }
        (self.junk > MAX_JUNK).then_some(reply::TOO_MUCH_JUNK)
    }
}
