//! Handing over: which accepted mail the application is offered, and what its answer means.

use super::rules::{AcceptedBefore, Look, Rules, look};
use crate::domain::mail::Intent;
use crate::domain::mode::ModeView;

/// May this recipient's mail be offered to the application now?
#[must_use]
pub fn may_hand_over(intent: Intent, mode: &ModeView, rules: &Rules) -> bool {
    match (look(mode), rules.accepted_before) {
        (Look::Unknown, _) => false,
        (Look::Off, _) | (Look::On(_), AcceptedBefore::Finish) => true,
        (Look::On(_), AcceptedBefore::Wait) => match intent {
            Intent::Postmaster => true,
            Intent::Unknown
            | Intent::Unsubscribe
            | Intent::Automatic
            | Intent::Reply
            | Intent::CreateIssue
            | Intent::Comment
            | Intent::CreateMergeRequest
            | Intent::ServiceDesk
            | Intent::VerifyServiceDesk => false,
        },
    }
}

/// What an application's HTTP answer means for the mail it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It has the mail.
    Done,
    /// It cannot read this mail; an operator may retry.
    Unusable,
    /// It is not taking mail now: everything waits.
    Pause,
}

/// Reads an HTTP status as an application's answer.
///
/// Only the statuses that speak of this one message fail it. A 403 is what an application says in a read-only
/// mode of its own, a 404 what a wrong URL says: their mail must wait, not die.
#[must_use]
pub fn read_answer(status: u16) -> Answer {
    match status {
        200..=299 => Answer::Done,
        400 | 413 | 415 | 422 => Answer::Unusable,
        _ => Answer::Pause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_about_the_message_itself_fail_it() {
        let failing: Vec<u16> = (100..600).filter(|s| read_answer(*s) == Answer::Unusable).collect();
        assert_eq!(failing, [400, 413, 415, 422]);
        assert!([301, 401, 403, 404, 409, 429, 500, 503].iter().all(|s| read_answer(*s) == Answer::Pause));
    }
}
