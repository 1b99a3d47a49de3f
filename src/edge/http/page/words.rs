//! Texts for people: the names of fixed words on pages, and numbers with their nouns.

use crate::domain::mail::{DiscardReason, Intent, MailState, Verdict};
use crate::domain::mode::How;
use crate::domain::notification::{AttemptOutcome, Class};
pub use crate::domain::wording::{counted, listed, number};

/// The name of a class.
#[must_use]
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Ordinary => "ordinary",
        Class::WriteDependent => "write-dependent",
        Class::Paging => "paging",
        Class::System => "system",
        Class::Unclassified => "unclassified",
    }
}

/// The name of an intent.
#[must_use]
pub fn intent(intent: Intent) -> &'static str {
    match intent {
        Intent::Unknown => "Unknown address",
        Intent::Postmaster => "Postmaster",
        Intent::Unsubscribe => "Unsubscribe",
        Intent::Automatic => "Automatic mail",
        Intent::Reply => "Reply",
        Intent::CreateIssue => "New issue",
        Intent::Comment => "Comment",
        Intent::CreateMergeRequest => "New merge request",
        Intent::ServiceDesk => "Service Desk",
        Intent::VerifyServiceDesk => "Service Desk check",
    }
}

/// The name of a verdict, and the style of its badge.
#[must_use]
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Accept => ("accepted", "good"),
        Verdict::Refuse => ("refused", "bad"),
        Verdict::Defer => ("deferred", "warn"),
        Verdict::Hold => ("held", "info"),
        Verdict::Discard => ("discarded", ""),
    }
}

/// Why a mail was discarded, as its row shows it.
#[must_use]
pub fn discard_reason(reason: DiscardReason) -> &'static str {
    match reason {
        DiscardReason::NullSender => "null sender",
        DiscardReason::AutoSubmitted => "automatic reply",
        DiscardReason::Loop => "loop",
        DiscardReason::Hops => "too many hops",
        DiscardReason::Report => "bounce or report",
    }
}

/// The name of a mail's state.
#[must_use]
pub fn mail_state(state: MailState) -> &'static str {
    match state {
        MailState::Waiting => "waiting",
        MailState::HandingOver => "being handed over",
        MailState::HandedOver => "handed over",
        MailState::Held => "held",
        MailState::Failed => "failed",
        MailState::Cancelled => "cancelled",
        MailState::Refused => "refused",
        MailState::Deferred => "deferred",
        MailState::Discarded => "discarded",
    }
}

/// The style of a state's badge, for deliveries and mails alike.
#[must_use]
pub fn look(state: &str) -> &'static str {
    match state {
        "failed" | "expired" | "refused" | "permanent" => "bad",
        "held" | "sending" | "handing_over" => "info",
        "suppressed" | "deferred" | "temporary" | "unknown" => "warn",
        "delivered" | "handed_over" | "ok" => "good",
        _ => "",
    }
}

/// The name of the way in which the mode was changed.
#[must_use]
pub fn how(how: How) -> &'static str {
    match how {
        How::Ui => "on a page",
        How::Api => "by the API",
        How::Console => "on the console",
        How::Schedule => "by a window",
    }
}

/// The name of an attempt's outcome.
#[must_use]
pub fn outcome(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Ok => "done",
        AttemptOutcome::Temporary => "refused for now",
        AttemptOutcome::Permanent => "refused for good",
        AttemptOutcome::Unknown => "not known",
    }
}
