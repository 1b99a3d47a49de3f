//! How much a client may get wrong. What the mode refuses is never counted, nor what only follows from an earlier
//! refusal.

use super::reply::{self, Reply};

/// More errors than this, since the last mail taken, end the session (Postfix has as many).
const MAX_ERRORS: u32 = 20;

/// More commands that bring no mail than this, since the last mail taken, end it too.
const MAX_JUNK: u32 = 100;

/// More recipients than this beyond the limit count as errors: an honest client stops at the first 452.
const MAX_OVERSHOOT: u32 = 1000;

/// What one client got wrong since its last mail was taken.
#[derive(Debug, Default)]
pub struct Patience {
    errors: u32,
    junk: u32,
    overshoot: u32,
}

impl Patience {
    /// A mistake, or a guess.
    pub fn count_error(&mut self) {
        self.errors += 1;
    }

    /// A command that brings no mail.
    pub fn count_junk(&mut self) {
        self.junk += 1;
    }

    /// A recipient too many.
    pub fn count_overshoot(&mut self) {
        self.overshoot += 1;
        if self.overshoot > MAX_OVERSHOOT {
            self.errors += 1;
        }
    }

    /// A mail was taken.
    pub fn restore(&mut self) {
        *self = Self::default();
    }

    /// The last words, once it is used up.
    pub fn last_words(&self) -> Option<Reply> {
        if self.errors > MAX_ERRORS {
            return Some(reply::TOO_MANY_ERRORS);
        }
        (self.junk > MAX_JUNK).then_some(reply::TOO_MUCH_JUNK)
    }
}
