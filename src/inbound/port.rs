//! The sides of mail coming in, as traits: the [`AddressBook`] and the [`Door`] that edges ask, and the [`AppInbox`] mail is handed to.

use crate::domain::failure::Failure;
use crate::domain::mail::{Envelope, Recipient};
use crate::message::key::{Grammar, Ownership};
use crate::policy::handover::Answer;
use crate::store::claim::Claim;
use crate::store::mail::{HandOver, WhyNotAll};
use crate::store::receipt::{Receipt, RefusalReceipt};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// The answer to one RCPT TO whose address is ours.
#[derive(Debug)]
pub enum RecipientAnswer {
    /// 250: it may come (nothing is kept before the dot).
    Welcome,
    /// 5xx or 4xx by the mode, on record.
    Turned(WhyNotAll, RefusalReceipt),
    /// 4xx: the store cannot say or cannot record.
    Unavailable(Trouble),
}

/// The answer to a whole mail.
#[derive(Debug)]
pub enum MailAnswer {
    /// 250, kept.
    Taken(Receipt),
    /// 5xx or 4xx by the mode, on record.
    Turned(WhyNotAll, RefusalReceipt),
    /// 451 4.3.2: the mode changed between RCPT and the dot for some of the recipients; nothing is kept.
    Mixed,
    /// 4xx: the store cannot keep it.
    Unavailable(Trouble),
}

/// Why the store did not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 452 4.3.1: no space, or not writable.
    Full,
    /// 451 4.3.0: not reachable.
    Unreachable,
}

/// Knows whose an address is, for every door that mail comes in by.
pub trait AddressBook: Send + Sync {
    /// Whose `recipient` is: the path of a RCPT TO as the client wrote it, without the angle brackets (a bare
    /// `postmaster` has no domain).
    fn find(&self, recipient: &str) -> Ownership;
}

impl AddressBook for Grammar {
    fn find(&self, recipient: &str) -> Ownership {
        self.find(recipient)
    }
}

/// Where the SMTP edge asks. It never decides by itself.
#[async_trait]
pub trait Door: Send + Sync {
    /// Judges the recipients of one pipelined segment, in order; one commit records all that are turned away.
    ///
    /// The recipients' intents come from the address grammar; unknown addresses never get here.
    async fn judge(&self, envelope: &Envelope, recipients: Vec<Recipient>) -> Vec<RecipientAnswer>;

    /// Offers a whole mail for keeps.
    async fn offer(&self, envelope: Envelope, recipients: Vec<Recipient>, raw: Bytes) -> MailAnswer;
}

/// What the application said to an offered mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOverAnswer {
    /// It has the mail; its words.
    Done(String),
    /// It cannot use this mail.
    Unusable(Failure),
    /// It failed, perhaps over this very mail: everything waits, until the given time when it named one, or until the next mail
    /// shows that it was this one.
    Stumble(Failure, Option<Timestamp>),
    /// It is not taking mail now: everything waits, until the given time when it named one.
    Pause(Failure, Option<Timestamp>),
    /// The same, since it takes no writes at all: it is in a maintenance of its own.
    ReadOnly(Failure, Option<Timestamp>),
}

impl HandOverAnswer {
    /// Does everything wait after this answer?
    #[must_use]
    pub fn pauses(&self) -> bool {
        match self {
            Self::Stumble(..) | Self::Pause(..) | Self::ReadOnly(..) => true,
            Self::Done(_) | Self::Unusable(_) => false,
        }
    }

    /// The answer in a word, as policy knows it.
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

/// Where accepted mail is handed over: a Maildir or a webhook.
#[async_trait]
pub trait AppInbox: Send + Sync {
    /// Offers one recipient's mail; the claim's item carries the idempotency key. Never panics, ends by its own timeout.
    async fn offer(&self, claim: &Claim<HandOver>) -> HandOverAnswer;

    /// How many it takes at once, in [`offer_together`](Self::offer_together); more than 1 where that spares work.
    fn together(&self) -> usize {
        1
    }

    /// Offers several in order. The answers end with the first that pauses: what follows it was not offered.
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

    /// Can it be reached now? For `postern check`; offers nothing.
    async fn probe(&self) -> Result<String, Failure>;

    /// Which inbox this is, for logs and checks, without secrets (`maildir:data/inbox`).
    fn name(&self) -> String;
}
