//! Mail coming in, as stored: offers, refusals, hand-overs.

use super::claim::{Claim, Claimable, Held, Settled, Settlement};
use super::error::Result;
use super::receipt::{Receipt, RefusalReceipt};
use crate::domain::id::{Lease, MailId, RecipientId, kind};
use crate::domain::mail::{DiscardReason, Envelope, Intent, Recipient};
use crate::domain::mode::Version;
use crate::policy::inbound::Turned;
use crate::policy::rules::Rules;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;

/// A whole mail, offered for keeps.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Who sends it.
    pub envelope: Envelope,
    /// To whom; the intents are final (an automatic mail says so here).
    pub recipients: Vec<Recipient>,
    /// The message as it came, unstuffed.
    pub raw: Bytes,
    /// SHA-256 of `raw`.
    pub digest: [u8; 32],
    /// Why its automatic recipients are discarded; `None` when a person wrote it.
    pub automatic: Option<DiscardReason>,
    /// Its Message-ID, cleaned, for the report.
    pub message_id: Option<String>,
    /// What one answer is about.
    pub answer_for: AnswerFor,
}

/// What one answer to an offered mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFor {
    /// The whole mail: the peer hears one answer for all recipients (SMTP), so when the mode
    /// divides them nothing is kept.
    TheMail,
    /// Each recipient on its own (LMTP).
    EachRecipient,
}

/// The answer to one recipient of an offered mail.
#[derive(Debug)]
pub enum OfferAnswer {
    /// It is taken.
    Taken(Receipt),
    /// It is refused or deferred; that is on record.
    Turned(Turned, RefusalReceipt),
    /// It shares its answer with recipients that the mode treats differently: nothing of the mail
    /// is stored.
    Divided,
}

/// The one answer to a mail offered as a whole.
#[derive(Debug)]
pub enum Admission {
    /// Every recipient was taken. The receipt names the mail kept now, or else the first of the
    /// identical ones, and the best that became of it: accepted when any recipient was, else held,
    /// else discarded.
    Taken(Receipt),
    /// Every recipient was refused or every one deferred; that is on record.
    Turned(Turned, RefusalReceipt),
    /// No answer is true for all of them.
    Mixed,
}

impl Admission {
    /// Folds the answers to all recipients into one; why they were turned away is said as to the
    /// first.
    #[must_use]
    pub fn of(answers: Vec<OfferAnswer>) -> Self {
        let mut answers = answers.into_iter();
        let Some(first) = answers.next() else { return Self::Mixed };
        answers.fold(first.into(), |all, next| match (all, next) {
            (Self::Taken(all), OfferAnswer::Taken(next)) => Self::Taken(all.with(next)),
            (Self::Turned(all, receipt), OfferAnswer::Turned(next, _)) if all.word() == next.word() => {
                Self::Turned(all, receipt)
            }
            (Self::Taken(_) | Self::Turned(..) | Self::Mixed, _) => Self::Mixed,
        })
    }
}

impl From<OfferAnswer> for Admission {
    fn from(answer: OfferAnswer) -> Self {
        match answer {
            OfferAnswer::Taken(receipt) => Self::Taken(receipt),
            OfferAnswer::Turned(why, receipt) => Self::Turned(why, receipt),
            OfferAnswer::Divided => Self::Mixed,
        }
    }
}

/// The verdict on one recipient at RCPT.
#[derive(Debug)]
pub enum RecipientVerdict {
    /// It may come (nothing is stored yet).
    Welcome,
    /// No, and that is on record.
    Turned(Turned, RefusalReceipt),
}

/// Accepted mail for one recipient, on its way to the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The recipient's id: the application's idempotency key.
    pub recipient_id: RecipientId,
    /// The mail's.
    pub mail_id: MailId,
    /// The address, key and all.
    pub recipient: String,
    /// The SMTP client's address.
    pub client: String,
    /// What the client called itself; `None` for mail from before this was kept.
    pub helo: Option<String>,
    /// The reverse path; `None` is `<>`.
    pub sender: Option<String>,
    /// What it asks for.
    pub intent: Intent,
    /// The text in the place of `%{key}`.
    pub key: String,
    /// When the mail was offered.
    pub received_at: Timestamp,
    /// The mode version it was accepted under.
    pub mode_version: Version,
    /// The message, untouched.
    pub raw: Bytes,
    /// Which attempt this is (1 is the first).
    pub attempt: u32,
}

impl Claimable for HandOver {
    type Kind = kind::Recipient;

    fn id(&self) -> RecipientId {
        self.recipient_id
    }
}

/// A claimed mail about to be offered to the application.
#[derive(Debug, Clone, Copy)]
pub struct BeforeOffer {
    /// The recipient and its lease.
    pub held: Held<kind::Recipient>,
    /// What it asks for.
    pub intent: Intent,
}

impl From<&Claim<HandOver>> for BeforeOffer {
    fn from(claim: &Claim<HandOver>) -> Self {
        Self { held: claim.held(), intent: claim.item.intent }
    }
}

/// Mail coming in: each method is one script.
#[async_trait]
pub trait MailStore: Send + Sync {
    /// Judges recipients under the fence and records the turned ones, in one transaction for all of
    /// them.
    async fn judge(
        &self,
        envelope: Envelope,
        recipients: Vec<Recipient>,
        rules: Arc<Rules>,
    ) -> Result<Vec<RecipientVerdict>>;

    /// Judges a whole mail under the fence and keeps it, or records that it was turned away; the
    /// answer to each recipient, in their order.
    async fn offer(&self, offer: Arc<Offer>, rules: Arc<Rules>) -> Result<Vec<OfferAnswer>>;

    /// Leases up to `limit` due recipients whose mail may be handed over, oldest first.
    async fn claim_hand_overs(&self, limit: i64, rules: Arc<Rules>, now: Timestamp) -> Result<Vec<Claim<HandOver>>>;

    /// Asks, under the fence, to offer claimed mail: true while the claim is ours and the rules
    /// still allow it.
    async fn may_offer(&self, claim: &Claim<HandOver>, rules: Arc<Rules>) -> Result<bool>;

    /// Ends claims, each by its settlement, in one commit when they are few; what came of each, in
    /// their order.
    async fn settle_hand_overs(
        &self,
        ended: Vec<(Claim<HandOver>, Settlement)>,
        now: Timestamp,
    ) -> Result<Vec<Settled>>;

    /// Gives a claim back untouched: no attempt is counted (the application is not taking mail).
    async fn release_hand_over(&self, claim: Claim<HandOver>, not_before: Timestamp, now: Timestamp)
    -> Result<Settled>;

    /// Extends leases that are still ours; those that are not are left alone.
    async fn renew_hand_overs(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::Verdict;
    use crate::policy::inbound::WhyNot;

    fn taken(mail_id: MailId, verdict: Verdict) -> OfferAnswer {
        OfferAnswer::Taken(Receipt::forge(mail_id, verdict))
    }

    fn known(mail_id: MailId) -> OfferAnswer {
        OfferAnswer::Taken(Receipt::of_duplicate(mail_id, Verdict::Hold))
    }

    fn turned(how: fn(WhyNot) -> Turned) -> OfferAnswer {
        OfferAnswer::Turned(how(WhyNot::ModeUnknown), RefusalReceipt::forge())
    }

    #[test]
    fn one_answer_names_the_mail_that_is_kept_now_and_the_best_that_became_of_it() {
        let (new, old) = (MailId::mint(Timestamp::UNIX_EPOCH), MailId::mint(Timestamp::UNIX_EPOCH));
        let folded = |answers| match Admission::of(answers) {
            Admission::Taken(receipt) => (receipt.mail_id, receipt.verdict),
            other => panic!("{other:?}"),
        };
        assert_eq!(folded(vec![known(old), taken(new, Verdict::Discard)]), (new, Verdict::Hold));
        assert_eq!(folded(vec![taken(new, Verdict::Discard), known(old)]), (new, Verdict::Hold));
        assert_eq!(folded(vec![known(old), known(new)]), (old, Verdict::Hold));
        assert_eq!(folded(vec![taken(new, Verdict::Hold), taken(new, Verdict::Accept)]), (new, Verdict::Accept));
        assert_eq!(folded(vec![taken(new, Verdict::Discard)]), (new, Verdict::Discard));
    }

    #[test]
    fn no_one_answer_is_true_for_recipients_that_are_treated_differently() {
        let id = MailId::mint(Timestamp::UNIX_EPOCH);
        let accepted = || taken(id, Verdict::Accept);
        for answers in [
            vec![],
            vec![accepted(), turned(Turned::Refuse)],
            vec![turned(Turned::Refuse), accepted()],
            vec![turned(Turned::Refuse), turned(Turned::Defer)],
            vec![OfferAnswer::Divided, OfferAnswer::Divided],
            vec![accepted(), OfferAnswer::Divided, accepted()],
        ] {
            assert!(matches!(Admission::of(answers), Admission::Mixed));
        }
        assert!(matches!(
            Admission::of(vec![turned(Turned::Defer), turned(Turned::Defer)]),
            Admission::Turned(Turned::Defer(_), _)
        ));
    }
}
