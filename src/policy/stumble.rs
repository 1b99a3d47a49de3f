//! Finds out whether one mail or the whole application is at fault when a hand-over fails.
//!
//! An application that fails over a single mail must not hold up all the others; one that fails
//! over everything must not cost any mail its turn. Only the answer to the next mail can tell the
//! two apart.

use super::handover::Answer;

/// Failures over the same mail before the next mail is offered in its place.
pub const STUMBLES: u32 = 3;

/// What to do next about a mail over which the application fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything waits, and this mail is retried later.
    Wait,
    /// Offer the next mail.
    OfferNext,
    /// Offer this mail once more: the application may have recovered in the meantime.
    OfferAgain,
    /// The final answer to this mail counts.
    Heed,
    /// This mail is at fault: it fails, and the others continue.
    SetAside,
}

/// The next step after `stumbles` failures in a row over one mail, given the answer to the next
/// mail and then to this one again.
///
/// A mail is set aside only when it fails right after another mail got a definite answer (accepted
/// or unusable): an application that is read-only, busy or broken fails both.
#[must_use]
pub fn judge_stumble(stumbles: u32, next: Option<Answer>, again: Option<Answer>) -> Step {
    match (stumbles < STUMBLES, next, again) {
        (true, _, _) => Step::Wait,
        (false, None, _) => Step::OfferNext,
        (false, Some(Answer::Stumble | Answer::Pause | Answer::ReadOnly), _) => Step::Wait,
        (false, Some(Answer::Done | Answer::Unusable), None) => Step::OfferAgain,
        (false, Some(Answer::Done | Answer::Unusable), Some(Answer::Stumble)) => Step::SetAside,
        (false, Some(Answer::Done | Answer::Unusable), Some(Answer::Done | Answer::Unusable)) => Step::Heed,
        (false, Some(Answer::Done | Answer::Unusable), Some(Answer::Pause | Answer::ReadOnly)) => Step::Wait,
    }
}
