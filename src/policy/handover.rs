//! Handing over: which accepted mail is offered to the application, and what the application's
//! answer means.

use super::rules::{AcceptedBefore, Look, Rules, look};
use crate::domain::mail::Intent;
use crate::domain::mode::ModeView;

/// Whether this recipient's mail may be offered to the application now.
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

/// What the application's HTTP status means for the mail it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It has accepted the mail.
    Done,
    /// It cannot read this mail; an operator may retry.
    Unusable,
    /// It failed, perhaps because of this mail: everything waits, unless the next mail shows that
    /// this one is at fault.
    Stumble,
    /// It is not accepting mail now: everything waits.
    Pause,
    /// It rejects all writes, for example in its own maintenance: everything waits.
    ReadOnly,
}

/// Interprets an HTTP status from the application.
///
/// Only a status about this one message fails it. A crash over one message is a 500, or a 502 or
/// 504 from the proxy in front of the application. A 403 means that the application is in a
/// read-only mode of its own, a 404 that the URL is wrong: that mail must wait and must not fail.
#[must_use]
pub fn read_answer(status: u16) -> Answer {
    match status {
        200..=299 => Answer::Done,
        400 | 413 | 415 | 422 => Answer::Unusable,
        403 | 503 => Answer::ReadOnly,
        500 | 502 | 504 => Answer::Stumble,
        _ => Answer::Pause,
    }
}

/// A label for the alarm: an application that seems read-only, compared with Postern's own mode.
#[must_use]
pub fn read_only_beside(mode: &ModeView) -> &'static str {
    match look(mode) {
        Look::Off => {
            "Postern's own mode is off: if the application is in maintenance, turn it on here too, or off there"
        }
        Look::On(_) => "Postern's own mode is on, too",
        Look::Unknown => "Postern's own mode is not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Version;
    use crate::domain::mode::{Mode, State};
    use jiff::Timestamp;

    #[test]
    fn the_alarm_says_whether_both_flags_agree() {
        let mode = |state| {
            ModeView::Known(Mode {
                state,
                version: Version(1),
                message: None,
                since: Timestamp::UNIX_EPOCH,
                until: None,
            })
        };
        assert!(read_only_beside(&mode(State::Off)).starts_with("Postern's own mode is off"));
        assert!(read_only_beside(&mode(State::On)).starts_with("Postern's own mode is on"));
        assert!(read_only_beside(&ModeView::Unknown).contains("not known"));
    }

    #[test]
    fn only_answers_about_the_message_itself_fail_it() {
        let failing: Vec<u16> = (100..600).filter(|s| read_answer(*s) == Answer::Unusable).collect();
        assert_eq!(failing, [400, 413, 415, 422]);
        let stumbling: Vec<u16> = (100..600).filter(|s| read_answer(*s) == Answer::Stumble).collect();
        assert_eq!(stumbling, [500, 502, 504]);
        assert!([301, 401, 404, 409, 429, 501, 507].iter().all(|s| read_answer(*s) == Answer::Pause));
        assert!([403, 503].iter().all(|s| read_answer(*s) == Answer::ReadOnly));
    }
}
