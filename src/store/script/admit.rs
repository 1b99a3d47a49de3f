//! Admission: judging recipients and whole mails inside the transaction. Of each decision, the mode
//! read there is the one that counts; whatever a caller saw before was a courtesy.

use super::ledger::WholeLedger;
use super::row::{RecipientRow, Write, Written};
use super::{Entry, OwnRows, Script};
use crate::domain::address::comparable;
use crate::domain::id::RecipientId;
use crate::domain::mail::{DiscardReason, Envelope, MailState, Recipient, Verdict};
use crate::domain::mode::{Mode, ModeView, Version};
use crate::policy::inbound::{MailVerdict, Turned, WhyNot, judge_recipient};
use crate::policy::rules::{Reason, Rules};
use crate::store::error::Result;
use crate::store::mail::{AnswerFor, Offer, OfferAnswer, RecipientVerdict};
use crate::store::receipt::{Receipt, RefusalReceipt};
use crate::store::record::column::address_hash;
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Judges recipients, and records those that are turned away.
#[derive(Debug, Clone)]
pub struct Judging {
    /// Who sends.
    pub envelope: Envelope,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// What the operator has set.
    pub rules: Arc<Rules>,
}

/// Judges a whole mail, and keeps it or records that it was turned away.
#[derive(Debug, Clone)]
pub struct Offering {
    /// The mail.
    pub offer: Arc<Offer>,
    /// What the operator has set.
    pub rules: Arc<Rules>,
}

/// What is written of a mail, and what each recipient is to be answered once it is.
#[derive(Debug)]
pub struct Decision {
    /// The version of the mode that decided.
    pub version: Version,
    /// What is written; first one row for each recipient, in their order, or nothing at all.
    pub writes: Vec<Write>,
    /// For each recipient.
    pub answers: Vec<Planned>,
}

/// What a recipient is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// That it is taken.
    Taken(Verdict),
    /// That it is not.
    Turned(Turned),
    /// Nothing yet: what is kept of the mail must not differ, and does.
    Divided,
}

#[async_trait]
impl Script for Judging {
    type Answer = Vec<RecipientVerdict>;

    fn entry(&self) -> Entry {
        Entry { own: Some(OwnRows::default()), ..Entry::default() }
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<RecipientVerdict>> {
        let (mode, mut writes) = (ledger.mode().await?, Vec::new());
        let mut verdicts = Vec::with_capacity(self.recipients.len());
        for (recipient, verdict) in judged(&self.recipients, &mode, &self.rules) {
            verdicts.push(match verdict.turned() {
                None => RecipientVerdict::Welcome,
                Some(why) => {
                    let row = row(&self.envelope, recipient, &verdict, mode.version, &self.rules);
                    writes.push(Write::Turned(Box::new(row)));
                    RecipientVerdict::Turned(why, RefusalReceipt::new())
                }
            });
        }
        ledger.apply(Some(mode.version), writes).await?;
        Ok(verdicts)
    }
}

#[async_trait]
impl Script for Offering {
    type Answer = Vec<OfferAnswer>;

    fn entry(&self) -> Entry {
        let contents = self.offer.recipients.iter().map(|recipient| content_hash(&self.offer, recipient)).collect();
        let own = Some(OwnRows { contents, ..OwnRows::default() });
        Entry { own, bytes: self.offer.raw.len(), ..Entry::default() }
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<OfferAnswer>> {
        let Decision { version, writes, answers } = decide(&ledger.mode().await?, &self.offer, &self.rules);
        let written = ledger.apply(Some(version), writes).await?;
        let written = written.into_iter().map(Some).chain(std::iter::repeat(None));
        Ok(answers.into_iter().zip(written).map(|(planned, written)| answer(planned, written, &self.offer)).collect())
    }
}

/// Decides about a whole mail.
#[must_use]
pub fn decide(mode: &Mode, offer: &Offer, rules: &Rules) -> Decision {
    let judged: Vec<_> = judged(&offer.recipients, mode, rules).collect();
    if offer.answer_for == AnswerFor::TheMail && is_divided(judged.iter().map(|(_, verdict)| verdict)) {
        let answers = vec![Planned::Divided; judged.len()];
        return Decision { version: mode.version, writes: Vec::new(), answers };
    }
    let (mut writes, mut answers) = (Vec::with_capacity(judged.len() + 1), Vec::with_capacity(judged.len()));
    for (recipient, verdict) in judged {
        let row = with_message(row(&offer.envelope, recipient, &verdict, mode.version, rules), offer);
        match verdict.turned() {
            Some(why) => {
                writes.push(Write::Turned(Box::new(row)));
                answers.push(Planned::Turned(why));
            }
            None => {
                writes.push(Write::Taken(Box::new(taken(row, recipient, offer))));
                answers.push(Planned::Taken(verdict.word()));
            }
        }
    }
    if answers.iter().any(|answer| matches!(answer, Planned::Taken(_))) {
        writes.push(Write::Message(offer.envelope.mail_id, offer.raw.clone()));
    }
    Decision { version: mode.version, writes, answers }
}

fn judged<'a>(
    recipients: &'a [Recipient],
    mode: &Mode,
    rules: &'a Rules,
) -> impl Iterator<Item = (&'a Recipient, MailVerdict)> {
    let view = ModeView::Known(mode.clone());
    recipients.iter().map(move |recipient| (recipient, judge_recipient(recipient.intent, &view, rules)))
}

/// Can one answer not be true for all of them? Taken, deferred and refused differ.
fn is_divided<'a>(verdicts: impl Iterator<Item = &'a MailVerdict>) -> bool {
    let answers: Vec<_> = verdicts.map(|verdict| verdict.turned().map(|turned| turned.word())).collect();
    answers.windows(2).any(|pair| matches!(pair, [one, other] if one != other))
}

fn answer(planned: Planned, written: Option<Written>, offer: &Offer) -> OfferAnswer {
    match (planned, written) {
        (Planned::Divided, _) => OfferAnswer::Divided,
        (Planned::Turned(why), _) => OfferAnswer::Turned(why, RefusalReceipt::new()),
        (Planned::Taken(_), Some(Written::Duplicate(first))) => {
            OfferAnswer::Taken(Receipt::of_duplicate(first.mail_id, first.verdict))
        }
        (Planned::Taken(verdict), _) => OfferAnswer::Taken(Receipt::new(offer.envelope.mail_id, verdict)),
    }
}

fn row(
    envelope: &Envelope,
    recipient: &Recipient,
    verdict: &MailVerdict,
    version: Version,
    rules: &Rules,
) -> RecipientRow {
    let state = match verdict {
        MailVerdict::Accept => MailState::Waiting,
        MailVerdict::Hold => MailState::Held,
        MailVerdict::Discard => MailState::Discarded,
        MailVerdict::Defer(_) => MailState::Deferred,
        MailVerdict::Refuse(_) => MailState::Refused,
    };
    let reason = verdict.turned().map(|turned| match turned.why() {
        WhyNot::Maintenance(_) => Reason::WORD,
        WhyNot::ModeUnknown => "mode_unknown",
        WhyNot::NoSuchAddress => "no_such_address",
    });
    RecipientRow {
        id: RecipientId::mint(envelope.received_at),
        mail_id: envelope.mail_id,
        received_at: envelope.received_at,
        client: envelope.client.to_string(),
        helo: envelope.helo.clone(),
        sender: envelope.sender.clone(),
        address: None,
        key: None,
        mask: recipient.mask.clone(),
        address_hash: address_hash(&recipient.address),
        intent: recipient.intent,
        verdict: verdict.word(),
        state,
        reply: verdict.reply_code(rules.soft_bounce),
        reason,
        mode_version: version,
        size_bytes: None,
        message_id: None,
        content_hash: None,
    }
}

/// A taken row keeps the address with its key, and what its content is recognised by.
fn taken(row: RecipientRow, recipient: &Recipient, offer: &Offer) -> RecipientRow {
    let discarded = offer.automatic.filter(|_| row.verdict == Verdict::Discard).map(DiscardReason::as_str);
    RecipientRow {
        address: Some(recipient.address.clone()),
        key: Some(recipient.key.clone()),
        content_hash: Some(content_hash(offer, recipient)),
        reason: discarded.or(row.reason),
        ..row
    }
}

fn with_message(row: RecipientRow, offer: &Offer) -> RecipientRow {
    let size_bytes = i64::try_from(offer.raw.len()).ok();
    RecipientRow { size_bytes, message_id: offer.message_id.clone(), ..row }
}

/// SHA-256 over door, sender, one recipient and the raw bytes (by their own digest): the identity
/// of a mail.
fn content_hash(offer: &Offer, recipient: &Recipient) -> [u8; 32] {
    let mut hash = Sha256::new();
    let sender = offer.envelope.sender.as_deref().map(comparable).unwrap_or_default();
    for part in ["smtp", &sender, &comparable(&recipient.address)] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(offer.digest);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::Intent;
    use crate::domain::mode::State;
    use crate::store::conformance::{at, offer, recipient, rules};

    fn decided(answer_for: AnswerFor, intents: &[Intent]) -> Decision {
        let mode = Mode { state: State::On, version: Version(7), message: None, since: at(0), until: None };
        let people = intents.iter().map(|intent| recipient(*intent, intent.as_str())).collect();
        decide(&mode, &Offer { answer_for, ..Offer::clone(&offer(at(1), people, "x")) }, &rules())
    }

    fn kinds(decision: &Decision) -> Vec<&'static str> {
        let kind = |write: &Write| match write {
            Write::Turned(_) => "turned",
            Write::Taken(_) => "taken",
            Write::Message(..) => "message",
            Write::Notification(_) | Write::Answer(_) | Write::End(_) => "other",
        };
        decision.writes.iter().map(kind).collect()
    }

    #[test]
    fn a_mail_whose_recipients_are_divided_is_written_for_each_of_them_or_not_at_all() {
        let people = [Intent::Reply, Intent::Postmaster];
        let whole = decided(AnswerFor::TheMail, &people);
        assert_eq!((kinds(&whole), whole.answers), (vec![], vec![Planned::Divided; 2]));
        let each = decided(AnswerFor::EachRecipient, &people);
        assert_eq!((kinds(&each), each.version), (vec!["turned", "taken", "message"], Version(7)));
        assert!(matches!(&each.answers[..], [Planned::Turned(_), Planned::Taken(Verdict::Accept)]));
    }

    #[test]
    fn a_mail_that_is_refused_brings_no_message_to_the_disk() {
        assert_eq!(kinds(&decided(AnswerFor::TheMail, &[Intent::Reply, Intent::Comment])), ["turned", "turned"]);
    }
}
