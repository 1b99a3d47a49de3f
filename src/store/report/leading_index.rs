//! Which filter leads a list: the one whose index is walked, while the others only leave rows out.
//!
//! Each lead has a static statement and an index of its own in every kind of store, so that a list
//! costs what it shows and not what there is. Two filters together may leave out nearly all that
//! the leading one finds; then the summary says first in which hours there is anything at all
//! ([`SuppressedFilter::is_compound`]). What remains slow by its nature: a few rows among very many
//! others of the very same hour, when two filters are needed to tell them apart.

use crate::domain::mail::{MailState, Verdict};
use crate::store::desk::{IncomingFilter, SuppressedFilter};

/// What a list of suppressed deliveries walks along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressedLead {
    /// One recipient's.
    Recipient,
    /// One recipient's of one kind.
    RecipientKind,
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
    /// One mail's.
    Mail,
    /// One Message-ID's.
    MessageId,
    /// One sender's.
    Sender,
    /// One address's as it is shown.
    MaskedRecipient,
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

/// So few rows, whosever they are, are walked rather than all of one recipient's: one address may
/// get every alert there is.
const FEW: i64 = 2_000;

/// A class of so many kinds is walked kind by kind; of more, all of the recipient's rows are.
const MAX_KINDS: usize = 16;

impl SuppressedFilter {
    /// Is what it finds found faster kind by kind? One recipient's rows of a class have no index;
    /// those of a kind do.
    #[must_use]
    pub fn asks_for_kinds(&self) -> bool {
        self.recipient.is_some() && self.class.is_some() && self.kind.is_none()
    }

    /// The same filter in parts, one for each of the `kinds` that its class has. Together they find
    /// the same rows, each once.
    #[must_use]
    pub fn of_kinds(self, kinds: Vec<String>) -> Vec<Self> {
        if kinds.len() > MAX_KINDS {
            return vec![self];
        }
        kinds.into_iter().map(|kind| Self { kind: Some(kind), ..self.clone() }).collect()
    }

    /// Does it take counting to say what leads? A busy recipient only does when the others leave
    /// more than a few rows.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.lead() == SuppressedLead::Recipient && self.is_compound()
    }

    /// What leads when `others` rows fit everything but the recipient.
    #[must_use]
    pub fn lead_of(&self, others: i64) -> SuppressedLead {
        let without = Self { recipient: None, ..self.clone() }.lead();
        if others <= FEW && without != SuppressedLead::Time { without } else { self.lead() }
    }

    /// What leads.
    #[must_use]
    pub fn lead(&self) -> SuppressedLead {
        match self {
            Self { recipient: Some(_), kind: Some(_), .. } => SuppressedLead::RecipientKind,
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
    /// What leads when `others` rows fit everything but the recipient.
    #[must_use]
    pub fn lead_of(&self, others: i64) -> IncomingLead {
        let without = Self { recipient: None, ..self.clone() }.lead();
        if others <= FEW && without != IncomingLead::Time { without } else { self.lead() }
    }

    /// What leads.
    #[must_use]
    pub fn lead(&self) -> IncomingLead {
        use MailState::{Cancelled, Failed, HandingOver, Held, Waiting};
        match self {
            Self { mail_id: Some(_), .. } => IncomingLead::Mail,
            Self { message_id: Some(_), .. } => IncomingLead::MessageId,
            Self { sender: Some(_), .. } => IncomingLead::Sender,
            Self { masked_recipient: Some(_), .. } => IncomingLead::MaskedRecipient,
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
        let given = [
            self.mail_id.is_some(),
            self.message_id.is_some(),
            self.sender.is_some(),
            self.masked_recipient.is_some(),
            self.recipient.is_some(),
            self.intent.is_some(),
            self.verdict.is_some(),
            self.state.is_some(),
            self.mode_versions.is_some(),
        ];
        let given = given.into_iter().filter(|given| *given).count();
        given > usize::from(self.lead() != IncomingLead::Time)
    }

    /// Does it look for one mail, sender or address as shown? No summary tells those apart.
    #[must_use]
    pub fn is_sought(&self) -> bool {
        match self.lead() {
            IncomingLead::Mail | IncomingLead::MessageId | IncomingLead::Sender | IncomingLead::MaskedRecipient => true,
            IncomingLead::Recipient
            | IncomingLead::Open
            | IncomingLead::Cancelled
            | IncomingLead::Intent
            | IncomingLead::Verdict
            | IncomingLead::Time => false,
        }
    }

    /// Does it take counting to say what leads? A busy recipient only does when the others leave
    /// more than a few rows.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.lead() == IncomingLead::Recipient && self.is_compound()
    }

    /// The same filter in parts that each have a lead: a state says which verdicts it can come
    /// from. Together they find the same rows, each once.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        let verdicts: &[Verdict] = match self.state {
            _ if self.verdict.is_some() => &[],
            Some(MailState::Refused) => &[Verdict::Refuse],
            Some(MailState::Deferred) => &[Verdict::Defer],
            Some(MailState::Discarded) => &[Verdict::Discard],
            Some(MailState::HandedOver) if self.lead() == IncomingLead::Time => &[Verdict::Accept, Verdict::Hold],
            Some(
                MailState::Waiting
                | MailState::HandingOver
                | MailState::HandedOver
                | MailState::Held
                | MailState::Failed
                | MailState::Cancelled,
            )
            | None => &[],
        };
        if verdicts.is_empty() {
            return vec![self];
        }
        verdicts.iter().map(|verdict| Self { verdict: Some(*verdict), ..self.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::Intent;
    use crate::domain::mode::Version;
    use crate::domain::notification::Class;

    #[test]
    fn the_most_telling_filter_leads() {
        let all = SuppressedFilter {
            kind: Some("k".into()),
            class: Some(Class::Paging),
            recipient: Some("r".into()),
            mode_versions: Some((Version(2), Version(2))),
            since: None,
            until: None,
        };
        assert_eq!((all.lead(), all.is_compound(), all.is_undecided()), (SuppressedLead::RecipientKind, true, false));
        let rest = SuppressedFilter { recipient: None, ..all };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Kind, true));
        let rest = SuppressedFilter { kind: None, ..rest };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Class, true));
        let rest = SuppressedFilter { class: None, ..rest };
        assert_eq!((rest.lead(), rest.is_compound()), (SuppressedLead::Version, false));
        let range = SuppressedFilter { mode_versions: Some((Version(2), Version(3))), ..rest };
        assert_eq!((range.lead(), range.is_compound()), (SuppressedLead::Time, true));
        assert!(!SuppressedFilter::default().is_compound());
    }

    #[test]
    fn a_rare_class_leads_before_a_busy_recipient() {
        let both = SuppressedFilter { class: Some(Class::Paging), recipient: Some("r".into()), ..Default::default() };
        assert!(both.is_undecided());
        assert_eq!((both.lead_of(3), both.lead_of(1_000_000)), (SuppressedLead::Class, SuppressedLead::Recipient));
        let alone = SuppressedFilter { class: None, ..both };
        assert_eq!((alone.lead_of(0), alone.is_undecided()), (SuppressedLead::Recipient, false));
        let incoming = IncomingFilter {
            intent: Some(Intent::Postmaster),
            recipient: Some("r".into()),
            state: Some(MailState::HandedOver),
            ..Default::default()
        };
        assert_eq!((incoming.lead_of(3), incoming.lead_of(9_999)), (IncomingLead::Intent, IncomingLead::Recipient));
    }

    #[test]
    fn one_recipients_rows_of_a_class_are_walked_kind_by_kind_unless_there_are_many() {
        let filter = SuppressedFilter { class: Some(Class::Paging), recipient: Some("r".into()), ..Default::default() };
        assert!(filter.asks_for_kinds() && !SuppressedFilter { recipient: None, ..filter.clone() }.asks_for_kinds());
        let kinds = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
        let parts = filter.clone().of_kinds(kinds(2));
        assert_eq!(parts.iter().map(SuppressedFilter::lead).collect::<Vec<_>>(), [SuppressedLead::RecipientKind; 2]);
        assert!(parts.iter().all(|part| part.class == Some(Class::Paging) && !part.asks_for_kinds()));
        assert_eq!(filter.clone().of_kinds(kinds(0)), []);
        assert_eq!(filter.clone().of_kinds(kinds(MAX_KINDS + 1)), [filter]);
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
        let version = IncomingFilter { mode_versions: Some((Version(2), Version(2))), ..Default::default() };
        assert_eq!((version.lead(), version.is_compound()), (IncomingLead::Time, true));
        let sent = IncomingFilter { sender: Some("a@b".into()), recipient: Some("r".into()), ..reply.clone() };
        assert_eq!((sent.lead(), sent.is_sought(), sent.is_undecided()), (IncomingLead::Sender, true, false));
        let refused = IncomingFilter { state: Some(MailState::Refused), ..reply };
        assert_eq!(refused.clone().parts(), [IncomingFilter { verdict: Some(Verdict::Refuse), ..refused }]);
    }
}
