//! Proof that something is committed to disk. Only with one does a peer hear 250, 550 by the mode,
//! or 202.

use crate::domain::id::MailId;
use crate::domain::mail::Verdict;

/// Keeps everybody but the store from making a receipt.
#[derive(Debug)]
struct Committed;

/// A taken mail is on disk.
#[derive(Debug)]
pub struct Receipt {
    /// The id the peer is told: the mail's, or of the first of identical mails.
    pub mail_id: MailId,
    /// What became of it.
    pub verdict: Verdict,
    /// Was the same content taken before, so that nothing was stored now?
    pub is_duplicate: bool,
    _committed: Committed,
}

impl Receipt {
    pub(super) fn new(mail_id: MailId, verdict: Verdict) -> Self {
        Self { mail_id, verdict, is_duplicate: false, _committed: Committed }
    }

    /// Of a mail whose content was taken before.
    pub(super) fn of_duplicate(first: MailId, verdict: Verdict) -> Self {
        Self { is_duplicate: true, ..Self::new(first, verdict) }
    }

    /// One receipt for this recipient and the next: of the mail that is stored now, with the better
    /// verdict of the two.
    #[must_use]
    pub fn with(self, next: Self) -> Self {
        let verdict =
            [Verdict::Accept, Verdict::Hold].into_iter().find(|word| [self.verdict, next.verdict].contains(word));
        let verdict = verdict.unwrap_or(Verdict::Discard);
        let receipt = if self.is_duplicate && !next.is_duplicate { next } else { self };
        Self { verdict, ..receipt }
    }

    /// A receipt for nothing, for the tests of the doors.
    #[cfg(test)]
    pub fn forge(mail_id: MailId, verdict: Verdict) -> Self {
        Self::new(mail_id, verdict)
    }
}

/// A refusal is on record.
#[derive(Debug)]
pub struct RefusalReceipt {
    _committed: Committed,
}

impl RefusalReceipt {
    pub(super) fn new() -> Self {
        Self { _committed: Committed }
    }

    /// A receipt for nothing, for the tests of the doors.
    #[cfg(test)]
    pub fn forge() -> Self {
        Self::new()
    }
}

/// A notification is on disk.
#[derive(Debug)]
pub struct EnqueueReceipt {
    /// What was decided.
    pub accepted: super::notification::Accepted,
    _committed: Committed,
}

impl EnqueueReceipt {
    pub(super) fn new(accepted: super::notification::Accepted) -> Self {
        Self { accepted, _committed: Committed }
    }

    /// A receipt for nothing, for the tests of the doors.
    #[cfg(test)]
    pub fn forge(accepted: super::notification::Accepted) -> Self {
        Self::new(accepted)
    }
}
