//! Words for people: what the fixed spellings are called on pages, and numbers with what they count.

use crate::domain::mail::{DiscardReason, Intent, MailState, Verdict};
use crate::domain::mode::How;
use crate::domain::notification::{AttemptOutcome, Class};
pub use crate::domain::wording::{counted, listed, number};

/// A class.
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

/// What an address asks for.
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

/// A verdict, and how its badge looks.
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

/// Why a mail was discarded, as its row says it.
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

/// Where a mail stands.
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

/// How a badge of a state looks, for deliveries and mails alike.
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

/// By which way the mode was changed.
#[must_use]
pub fn how(how: How) -> &'static str {
    match how {
        How::Ui => "on a page",
        How::Api => "by the API",
        How::Console => "on the console",
        How::Schedule => "by a window",
    }
}

/// What an attempt came to.
#[must_use]
pub fn outcome(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Ok => "done",
        AttemptOutcome::Temporary => "refused for now",
        AttemptOutcome::Permanent => "refused for good",
        AttemptOutcome::Unknown => "not known",
    }
}
