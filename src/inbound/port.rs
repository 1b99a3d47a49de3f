//! The traits around incoming mail: the [`AddressBook`] and the [`Door`] that edges ask, and the
//! [`AppInbox`] that receives mail.

use crate::domain::failure::Failure;
use crate::domain::mail::{Envelope, Recipient};
use crate::message::key::{Grammar, Ownership};
use crate::policy::handover::Answer;
use crate::policy::inbound::Turned;
use crate::store::claim::Claim;
use crate::store::mail::{AnswerFor, HandOver, OfferAnswer};
use crate::store::receipt::RefusalReceipt;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// The answer to one RCPT TO with one of our addresses.
#[derive(Debug)]
pub enum RecipientAnswer {
    /// 250: the recipient is accepted provisionally (nothing is stored before the dot).
    Welcome,
    /// 5xx or 4xx because of the mode; recorded.
    Turned(Turned, RefusalReceipt),
    /// 4xx: the store cannot be read or cannot record.
    Unavailable(Trouble),
}

/// Why the store failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 452 4.3.1: no space left, or read-only.
    Full,
    /// 451 4.3.0: the store cannot be reached.
    Unreachable,
}

/// The answers to the recipients of an offered mail, in their order.
pub type Offered = Result<Vec<OfferAnswer>, Trouble>;

/// Classifies addresses, for every protocol that mail arrives by.
pub trait AddressBook: Send + Sync {
    /// Classifies `recipient`, the path of a RCPT TO as the client wrote it, without the angle
    /// brackets (a bare `postmaster` has no domain).
    fn find(&self, recipient: &str) -> Ownership;
}

impl AddressBook for Grammar {
    fn find(&self, recipient: &str) -> Ownership {
        self.find(recipient)
    }
}

/// The interface that the SMTP edge asks. The edge never decides by itself.
#[async_trait]
pub trait Door: Send + Sync {
    /// Judges the recipients of one pipelined segment, in order; one commit records all that are
    /// refused.
    ///
    /// The address grammar determines the recipients' intents; unknown addresses never reach this
    /// method.
    async fn judge(&self, envelope: &Envelope, recipients: Vec<Recipient>) -> Vec<RecipientAnswer>;

    /// Offers a complete mail for storage. The answers are those to each recipient, in their order;
    /// `answer_for` says whether the peer hears each of them, or one for all.
    async fn offer(&self, envelope: Envelope, recipients: Vec<Recipient>, raw: Bytes, answer_for: AnswerFor)
    -> Offered;
}

/// The application's answer to an offered mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOverAnswer {
    /// It accepted the mail; its reply text.
    Done(String),
    /// It cannot use this mail.
    Unusable(Failure),
    /// It failed, perhaps because of this mail: everything waits, until the given time if the
    /// application named one, or until the next mail shows that this one is at fault.
    Stumble(Failure, Option<Timestamp>),
    /// It accepts no mail now: everything waits, until the given time if the application named one.
    Pause(Failure, Option<Timestamp>),
    /// It accepts no mail because it rejects all writes: it is in its own maintenance.
    ReadOnly(Failure, Option<Timestamp>),
}

impl HandOverAnswer {
    /// Whether everything waits after this answer.
    #[must_use]
    pub fn pauses(&self) -> bool {
        match self {
            Self::Stumble(..) | Self::Pause(..) | Self::ReadOnly(..) => true,
            Self::Done(_) | Self::Unusable(_) => false,
        }
    }

    /// The answer in policy's terms.
    #[must_use]
    pub fn word(&self) -> Answer {
        match self {
            Self::Done(_) => Answer::Done,
            Self::Unusable(_) => Answer::Unusable,
            Self::Stumble(..) => Answer::Stumble,
            Self::Pause(..) => Answer::Pause,
            Self::ReadOnly(..) => Answer::ReadOnly,
        }
    }
}

/// The target of the hand-over: a Maildir or a webhook.
#[async_trait]
pub trait AppInbox: Send + Sync {
    /// Offers one recipient's mail; the claim's item carries the idempotency key. Never panics, and
    /// has its own timeout.
    async fn offer(&self, claim: &Claim<HandOver>) -> HandOverAnswer;

    /// How many mails [`offer_together`](Self::offer_together) takes at once; more than 1 where
    /// batching saves work.
    fn together(&self) -> usize {
        1
    }

    /// Offers several mails in order. The answers end with the first that pauses: no mail after it
    /// was offered.
    async fn offer_together(&self, claims: &[Claim<HandOver>]) -> Vec<HandOverAnswer> {
        let mut answers = Vec::with_capacity(claims.len());
        for claim in claims {
            answers.push(self.offer(claim).await);
            if answers.last().is_some_and(HandOverAnswer::pauses) {
                break;
            }
        }
        answers
    }

    /// Checks that the inbox can be reached now, for `postern check`; offers nothing.
    async fn probe(&self) -> Result<String, Failure>;

    /// The inbox's name for logs and checks, without secrets (`maildir:data/inbox`).
    fn name(&self) -> String;
}
