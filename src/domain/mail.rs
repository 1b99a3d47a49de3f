//! Mail coming in: a mail, its recipients, and what each address asks for.

use super::id::MailId;
use super::spelling::spelled;
use jiff::Timestamp;
use std::net::IpAddr;

spelled! {
    /// What an address asks the application to do.
    pub enum Intent {
        /// Nobody we know.
        Unknown = "unknown",
        /// A person in charge (`postmaster`, `abuse`).
        Postmaster = "postmaster",
        /// Take me off this thread.
        Unsubscribe = "unsubscribe",
        /// Written by a machine: bounces, vacation replies, loops. Known only once the headers are there.
        Automatic = "automatic",
        /// Answer to a notification.
        Reply = "reply",
        /// Open an issue.
        CreateIssue = "create_issue",
        /// Comment on an issue by its token address.
        Comment = "comment",
        /// Open a merge request.
        CreateMergeRequest = "create_merge_request",
        /// Open or answer a Service Desk ticket.
        ServiceDesk = "service_desk",
        /// Prove that a custom Service Desk address is ours.
        VerifyServiceDesk = "verify_service_desk",
    }
}

spelled! {
    /// Where one recipient's mail stands.
    pub enum MailState {
        /// Accepted, to be handed over.
        Waiting = "waiting",
        /// Leased to a worker that is handing it over.
        HandingOver = "handing_over",
        /// The application has it.
        HandedOver = "handed_over",
        /// Kept until the mode is off.
        Held = "held",
        /// The application cannot take it; an operator may retry.
        Failed = "failed",
        /// An operator took it out.
        Cancelled = "cancelled",
        /// Answered 5xx.
        Refused = "refused",
        /// Answered 4xx by the mode.
        Deferred = "deferred",
        /// Answered 250 and not handed over.
        Discarded = "discarded",
    }
}

spelled! {
    /// What was decided about a recipient, as recorded.
    pub enum Verdict {
        /// 250, handed over.
        Accept = "accept",
        /// 5xx.
        Refuse = "refuse",
        /// 4xx.
        Defer = "defer",
        /// 250, kept until the mode is off.
        Hold = "hold",
        /// 250, recorded, not handed over.
        Discard = "discard",
    }
}

spelled! {
    /// Why a mail was discarded: what shows that a machine wrote it.
    pub enum DiscardReason {
        /// The reverse path is empty, and no header says more.
        NullSender = "null_sender",
        /// `Auto-Submitted` or `X-Autoreply` says so.
        AutoSubmitted = "auto_submitted",
        /// It carries our own mark: we sent it, and it came back.
        Loop = "loop",
        /// It has passed too many servers.
        Hops = "hops",
        /// A bounce or another `multipart/report`.
        Report = "report",
    }
}

/// Who is speaking and for whom: what MAIL FROM began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The id the mail will have.
    pub mail_id: MailId,
    /// The SMTP client's address.
    pub client: IpAddr,
    /// What the client called itself in HELO or EHLO, unchecked.
    pub helo: String,
    /// The reverse path; `None` is the null sender `<>`.
    pub sender: Option<String>,
    /// When MAIL FROM was taken.
    pub received_at: Timestamp,
}

/// One RCPT TO, read by the address grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address as the client wrote it; its key is a secret.
    pub address: String,
    /// The address with its key masked, for every eye but the application's.
    pub mask: String,
    /// The text in the place of `%{key}`; empty where the address has none.
    pub key: String,
    /// What it asks for.
    pub intent: Intent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reads_back_as_itself() {
        assert!(Intent::ALL.iter().all(|i| Intent::parse(i.as_str()) == Some(*i)));
        assert!(DiscardReason::ALL.iter().all(|r| DiscardReason::parse(r.as_str()) == Some(*r)));
        assert!(MailState::ALL.iter().all(|s| MailState::parse(s.as_str()) == Some(*s)));
    }
}
