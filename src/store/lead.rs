//! Which filter leads a list: the one whose index is walked, while the others only leave rows out.
//!
//! Each lead has a static statement and an index of its own in every kind of store, so that a list costs what it shows and not what
//! there is. Two filters together may leave out nearly all that the leading one finds; then the summary says first in which hours
//! there is anything at all ([`SuppressedFilter::is_compound`]). What remains slow by its nature: a few rows among very many others of
//! the very same hour, when two filters are needed to tell them apart.

use super::desk::{IncomingFilter, SuppressedFilter};
use crate::domain::mail::{MailState, Verdict};

/// What a list of suppressed deliveries walks along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressedLead {
    /// One recipient's.
    Recipient,
    /// One kind's; its class follows from it.
    Kind,
    /// One class's.
    Class,
    /// One mode version's.
    Version,
    /// All, by time.
    Time,
}

/// What a list of incoming mail walks along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncomingLead {
    /// One address's.
    Recipient,
    /// One state's of those in which something is still to be done.
    Open,
    /// What an operator took out.
    Cancelled,
    /// One intent's; under one mode, its verdict follows from it.
    Intent,
    /// One verdict's.
    Verdict,
    /// All, by time.
    Time,
}

impl SuppressedFilter {
    /// What leads.
    #[must_use]
    pub fn lead(&self) -> SuppressedLead {
        match self {
            Self { recipient: Some(_), .. } => SuppressedLead::Recipient,
            Self { kind: Some(_), .. } => SuppressedLead::Kind,
            Self { class: Some(_), .. } => SuppressedLead::Class,
            Self { mode_versions: Some((first, last)), .. } if first == last => SuppressedLead::Version,
            Self { .. } => SuppressedLead::Time,
        }
    }

    /// Is there more to filter by than what leads?
    #[must_use]
    pub fn is_compound(&self) -> bool {
        let given = [self.recipient.is_some(), self.kind.is_some(), self.class.is_some(), self.mode_versions.is_some()];
        given.into_iter().filter(|given| *given).count() > usize::from(self.lead() != SuppressedLead::Time)
    }
}

impl IncomingFilter {
    /// What leads.
    #[must_use]
    pub fn lead(&self) -> IncomingLead {
        use MailState::{Cancelled, Failed, HandingOver, Held, Waiting};
        match self {
            Self { recipient: Some(_), .. } => IncomingLead::Recipient,
            Self { state: Some(Waiting | HandingOver | Held | Failed), .. } => IncomingLead::Open,
            Self { state: Some(Cancelled), .. } => IncomingLead::Cancelled,
            Self { intent: Some(_), .. } => IncomingLead::Intent,
            Self { verdict: Some(_), .. } => IncomingLead::Verdict,
            Self { .. } => IncomingLead::Time,
        }
    }

    /// Is there more to filter by than what leads?
    #[must_use]
    pub fn is_compound(&self) -> bool {
        let given = [self.recipient.is_some(), self.intent.is_some(), self.verdict.is_some(), self.state.is_some()];
        let given = given.into_iter().filter(|given| *given).count() + usize::from(self.mode_versions.is_some());
        given > usize::from(self.lead() != IncomingLead::Time)
    }

    /// The same filter in parts that each have a lead: a state says which verdicts it can come from. Together they find the same
    /// rows, each once.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        let verdicts: &[Verdict] = match self.state {
            Some(MailState::Refused) => &[Verdict::Refuse],
            Some(MailState::Deferred) => &[Verdict::Defer],
            Some(MailState::Discarded) => &[Verdict::Discard],
            Some(MailState::HandedOver) => &[Verdict::Accept, Verdict::Hold],
            Some(
                MailState::Waiting
                | MailState::HandingOver
                | MailState::Held
                | MailState::Failed
                | MailState::Cancelled,
            )
            | None => return vec![self],
        };
        if self.lead() != IncomingLead::Time {
            return vec![self];
        }
        verdicts.iter().map(|verdict| Self { verdict: Some(*verdict), ..self.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::Intent;
    use crate::domain::notification::Class;

    #[test]
    fn the_most_telling_filter_leads() {
        let all = SuppressedFilter {
            kind: Some("k".into()),
            class: Some(Class::Paging),
            recipient: Some("r".into()),
            mode_versions: Some((2, 2)),
            since: None,
            until: None,
        };
        assert_eq!((all.lead(), all.is_compound()), (SuppressedLead::Recipient, true));
        let rest = SuppressedFilter { recipient: None, ..all };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Kind, true));
        let rest = SuppressedFilter { kind: None, ..rest };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Class, true));
        let rest = SuppressedFilter { class: None, ..rest };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Version, false));
        let range = SuppressedFilter { mode_versions: Some((2, 3)), ..rest };
        assert_eq!((range.lead(), range.is_compound()), (SuppressedLead::Time, true));
        assert!(!SuppressedFilter::default().is_compound());
    }

    #[test]
    fn every_state_alone_has_a_lead_but_that_of_all() {
        for state in MailState::ALL {
            let filter = IncomingFilter { state: Some(*state), ..Default::default() };
            for part in filter.parts() {
                assert_ne!(part.lead(), IncomingLead::Time, "{state}");
            }
        }
        let reply = IncomingFilter { intent: Some(Intent::Reply), ..Default::default() };
        assert_eq!((reply.lead(), reply.is_compound()), (IncomingLead::Intent, false));
        let version = IncomingFilter { mode_versions: Some((2, 2)), ..Default::default() };
        assert_eq!((version.lead(), version.is_compound()), (IncomingLead::Time, true));
        let refused = IncomingFilter { state: Some(MailState::Refused), ..reply };
        assert_eq!(refused.clone().parts(), [refused]);
    }
}
