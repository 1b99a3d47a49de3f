//! One mail or the whole application: whose fault is it that the application stumbles?
//!
//! An application that fails over one mail alone must not hold up all others; one that fails over everything must not cost any
//! mail its turn. Only the next mail can tell them apart.

use super::handover::Answer;

/// Tries that stumble over the same mail before the next one is offered in its place.
pub const STUMBLES: u32 = 3;

/// What to do about a mail over which the application stumbles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything waits and this mail is tried again later.
    Wait,
    /// Offer the next mail.
    OfferNext,
    /// Offer this mail once more: the application may have recovered between the two.
    OfferAgain,
    /// What it said to this mail in the end counts.
    Heed,
    /// This mail is at fault: it fails, and the others go on.
    SetAside,
}

/// The next step after `stumbles` over one mail in a row, by what was said to the next mail and then to this one again.
///
/// Only a mail that stumbles right after another one was answered is set aside: an application that is read-only, busy or out of
/// order says so to both.
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
