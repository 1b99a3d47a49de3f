//! Incoming mail: a mail, its recipients, and what each address asks for.

use super::id::MailId;
use super::spelling::spelled;
use jiff::Timestamp;
use std::net::IpAddr;

spelled! {
    /// What an address asks the application to do.
    pub enum Intent {
        /// An address that Postern does not know.
        Unknown = "unknown",
        /// The person responsible for the server (`postmaster`, `abuse`).
        Postmaster = "postmaster",
        /// Unsubscribe the sender from a thread.
        Unsubscribe = "unsubscribe",
        /// Written by a machine: bounces, vacation replies, loops. Known only after the headers
        /// arrive.
        Automatic = "automatic",
        /// Reply to a notification.
        Reply = "reply",
        /// Open an issue.
        CreateIssue = "create_issue",
        /// Comment on an issue by its token address.
        Comment = "comment",
        /// Open a merge request.
        CreateMergeRequest = "create_merge_request",
        /// Open or answer a Service Desk ticket.
        ServiceDesk = "service_desk",
        /// Verify that a custom Service Desk address belongs to this instance.
        VerifyServiceDesk = "verify_service_desk",
    }
}

spelled! {
    /// The state of one recipient's mail.
    pub enum MailState {
        /// Accepted, waiting to be handed over.
        Waiting = "waiting",
        /// Leased to a worker that is handing it over.
        HandingOver = "handing_over",
        /// The application has it.
        HandedOver = "handed_over",
        /// Kept until the mode is off.
        Held = "held",
        /// The application cannot take it; an operator may retry.
        Failed = "failed",
        /// An operator cancelled it.
        Cancelled = "cancelled",
        /// Answered 5xx.
        Refused = "refused",
        /// Answered 4xx by the mode.
        Deferred = "deferred",
        /// Answered 250 but not handed over.
        Discarded = "discarded",
    }
}

spelled! {
    /// The recorded decision about a recipient.
    pub enum Verdict {
        /// 250; handed over.
        Accept = "accept",
        /// 5xx.
        Refuse = "refuse",
        /// 4xx.
        Defer = "defer",
        /// 250; kept until the mode is off.
        Hold = "hold",
        /// 250; recorded, not handed over.
        Discard = "discard",
    }
}

spelled! {
    /// Why a mail was discarded: the sign that a machine wrote it.
    pub enum DiscardReason {
        /// The reverse path is empty, and no header gives a better reason.
        NullSender = "null_sender",
        /// `Auto-Submitted` or `X-Autoreply` marks it as automatic.
        AutoSubmitted = "auto_submitted",
        /// It carries Postern's own loop mark: Postern sent it, and it came back.
        Loop = "loop",
        /// It has passed through too many servers.
        Hops = "hops",
        /// A bounce or another `multipart/report`.
        Report = "report",
    }
}

/// The sender and client of a mail, as of MAIL FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The id the mail will have.
    pub mail_id: MailId,
    /// The SMTP client's IP address.
    pub client: IpAddr,
    /// What the client called itself in HELO or EHLO, unchecked.
    pub helo: String,
    /// The reverse path; `None` is the null sender `<>`.
    pub sender: Option<String>,
    /// When MAIL FROM was accepted.
    pub received_at: Timestamp,
}

/// One RCPT TO, parsed by the address grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address as the client wrote it; its key is a secret.
    pub address: String,
    /// The address with its key masked; everything but the application sees this form.
    pub mask: String,
    /// The text in the place of `%{key}`; empty when the address has none.
    pub key: String,
    /// What the address asks for.
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
