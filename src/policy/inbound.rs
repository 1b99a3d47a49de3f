//! Incoming mail: which recipients are accepted.

use super::rules::{Look, Reason, Rules, Treatment, look};
use crate::domain::mail::{Intent, Verdict};
use crate::domain::mode::ModeView;

/// The verdict on one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailVerdict {
    /// Accept it and hand it over.
    Accept,
    /// Accept it and keep it until the mode is off.
    Hold,
    /// Accept it and record it, but hand it over to no application.
    Discard,
    /// Ask the MTA to retry later.
    Defer(WhyNot),
    /// Refuse it permanently.
    Refuse(WhyNot),
}

/// Why a recipient is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// The mode is on.
    Maintenance(Reason),
    /// The mode is unknown.
    ModeUnknown,
    /// The address does not exist.
    NoSuchAddress,
}

/// How and why a recipient is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turned {
    /// 4xx: the client keeps the mail and tries again.
    Defer(WhyNot),
    /// 5xx: the sender is told.
    Refuse(WhyNot),
}

impl Turned {
    /// The reason.
    #[must_use]
    pub fn why(&self) -> &WhyNot {
        match self {
            Self::Defer(why) | Self::Refuse(why) => why,
        }
    }

    /// The verdict's word, as recorded.
    #[must_use]
    pub fn word(&self) -> Verdict {
        match self {
            Self::Defer(_) => Verdict::Defer,
            Self::Refuse(_) => Verdict::Refuse,
        }
    }
}

impl MailVerdict {
    /// How and why the recipient is not taken; `None` when it is.
    #[must_use]
    pub fn turned(&self) -> Option<Turned> {
        match self {
            Self::Accept | Self::Hold | Self::Discard => None,
            Self::Defer(why) => Some(Turned::Defer(why.clone())),
            Self::Refuse(why) => Some(Turned::Refuse(why.clone())),
        }
    }

    /// The verdict as a recorded word.
    #[must_use]
    pub fn word(&self) -> Verdict {
        match self {
            Self::Accept => Verdict::Accept,
            Self::Hold => Verdict::Hold,
            Self::Discard => Verdict::Discard,
            Self::Defer(_) => Verdict::Defer,
            Self::Refuse(_) => Verdict::Refuse,
        }
    }

    /// Whether this verdict answers 250.
    #[must_use]
    pub fn takes(&self) -> bool {
        match self {
            Self::Accept | Self::Hold | Self::Discard => true,
            Self::Defer(_) | Self::Refuse(_) => false,
        }
    }
}

/// The verdict on one recipient.
#[must_use]
pub fn judge_recipient(intent: Intent, mode: &ModeView, rules: &Rules) -> MailVerdict {
    let mode = match (intent, look(mode)) {
        (Intent::Unknown, _) => return MailVerdict::Refuse(WhyNot::NoSuchAddress),
        (_, Look::Unknown) => return MailVerdict::Defer(WhyNot::ModeUnknown),
        (_, Look::Off) => None,
        (_, Look::On(mode)) => Some(mode),
    };
    match intent {
        Intent::Unknown => MailVerdict::Refuse(WhyNot::NoSuchAddress),
        Intent::Postmaster => MailVerdict::Accept,
        Intent::Automatic => MailVerdict::Discard,
        // An unsubscribe request is never refused.
        Intent::Unsubscribe => mode.map_or(MailVerdict::Accept, |_| MailVerdict::Hold),
        Intent::Reply
        | Intent::CreateIssue
        | Intent::Comment
        | Intent::CreateMergeRequest
        | Intent::ServiceDesk
        | Intent::VerifyServiceDesk => mode.map_or(MailVerdict::Accept, |mode| {
            let why = WhyNot::Maintenance(Reason::of(mode));
            match rules.intents.get(&intent).copied().unwrap_or(rules.incoming) {
                Treatment::Refuse => MailVerdict::Refuse(why),
                Treatment::Defer => MailVerdict::Defer(why),
                Treatment::Hold => MailVerdict::Hold,
            }
        }),
    }
}
