//! The state machine of one SMTP session: which command is allowed now, and the reply to it.
//!
//! It never touches the network, the store or the mode. It or the door chooses every reply; `reply`
//! has the texts, and `patience` limits a client's errors.

use super::Settings;
use super::command::{Command, From};
use super::framing::Fault;
use super::patience::Patience;
use super::reply::{self, Reply};
use super::transaction::Transaction;
use crate::clock::Clock;
use crate::domain::address::mask;
use crate::domain::id::MailId;
use crate::domain::mail::{Envelope, Recipient};
use crate::inbound::port::{AddressBook, Offered, RecipientAnswer};
use crate::message::key::Ownership;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Characters of a client's HELO name that are kept (a domain: at most 255, RFC 5321 §4.5.3.1.2).
const MAX_HELO: usize = 255;

/// The next step of the connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this reply.
    Say(Reply),
    /// Ask the door about this recipient.
    Ask(Recipient),
    /// Receive a message.
    Receive,
    /// Send this reply and close.
    Close(Reply),
}

#[derive(Debug)]
enum Stage {
    Idle,
    /// MAIL was refused; a pipelining client may still send RCPT and DATA.
    MailRefused,
    Open(Transaction),
}

/// One client's session.
pub struct Session {
    settings: Arc<Settings>,
    book: Arc<dyn AddressBook>,
    clock: Arc<dyn Clock>,
    transactions: Arc<AtomicUsize>,
    client: IpAddr,
    trusted: bool,
    /// The client's HELO name; `None` before HELO or EHLO.
    helo: Option<String>,
    stage: Stage,
    patience: Patience,
}

impl Session {
    /// A new session with `client`; `transactions` counts the open transactions of all sessions.
    pub fn new(
        settings: &Arc<Settings>,
        book: &Arc<dyn AddressBook>,
        clock: &Arc<dyn Clock>,
        transactions: &Arc<AtomicUsize>,
        client: IpAddr,
    ) -> Self {
        Self {
            settings: Arc::clone(settings),
            book: Arc::clone(book),
            clock: Arc::clone(clock),
            transactions: Arc::clone(transactions),
            client,
            trusted: settings.trusts(client),
            helo: None,
            stage: Stage::Idle,
            patience: Patience::default(),
        }
    }

    /// Handles a command.
    pub fn hear(&mut self, command: Command<'_>) -> Step {
        match command {
            Command::Helo(name) => self.hello(&name, Reply::helo(&self.settings.hostname)),
            Command::Ehlo(name) => {
                self.hello(&name, Reply::ehlo(&self.settings.hostname, self.settings.max_message_bytes))
            }
            Command::Mail(from) => self.mail(from),
            Command::Recipient(path) => self.recipient(path),
            Command::Data(well_formed) => self.data(well_formed),
            Command::Reset => self.reset(),
            Command::Noop => self.useless(reply::DONE),
            Command::Verify => self.useless(reply::CANNOT_VERIFY),
            Command::Help => self.useless(reply::HELP),
            Command::Quit => Step::Close(reply::BYE),
            Command::NotSmtp => Step::Close(reply::NOT_SMTP),
            Command::Wrong(reply) => Step::Say(self.error(reply)),
        }
    }

    fn hello(&mut self, name: &str, reply: Reply) -> Step {
        self.stage = Stage::Idle;
        let helo = name.chars().take(MAX_HELO).collect();
        if self.helo.replace(helo).is_some() { self.useless(reply) } else { Step::Say(reply) }
    }

    fn mail(&mut self, from: Result<From<'_>, Reply>) -> Step {
        let Some(helo) = self.helo.clone() else { return self.about_mail_error(reply::NEED_HELLO) };
        if matches!(self.stage, Stage::Open(_)) {
            return self.about_mail_error(reply::NESTED_MAIL);
        }
        self.stage = Stage::MailRefused;
        let from = match from {
            Ok(from) => from,
            Err(reply) => return self.about_mail_error(reply),
        };
        if from.size > self.settings.max_message_bytes as u64 {
            return Step::Say(self.about_mail(reply::TOO_BIG));
        }
        if !self.trusted {
            let client = self.client;
            tracing::warn!(%client, "{client} is not trusted here: if it is yours, add it to smtp.trusted_clients");
        }
        let now = self.clock.now();
        let sender = from.sender.map(str::to_owned);
        let envelope = Envelope { mail_id: MailId::mint(now), client: self.client, helo, sender, received_at: now };
        self.stage = Stage::Open(Transaction::begin(envelope, from.utf8, &self.transactions));
        Step::Say(reply::SENDER_OK)
    }

    fn recipient(&mut self, path: Result<&str, Reply>) -> Step {
        let max = self.settings.max_recipients;
        let open = match &mut self.stage {
            Stage::Open(open) => open,
            Stage::MailRefused => return Step::Say(self.about_mail(reply::NEED_MAIL)),
            Stage::Idle => return self.about_mail_error(reply::NEED_MAIL),
        };
        if !self.trusted {
            return Step::Say(self.error(reply::NOT_TRUSTED));
        }
        let path = match path {
            Ok(path) if open.utf8 || path.is_ascii() => path,
            Ok(_) => return self.about_mail_error(reply::NEEDS_UTF8),
            Err(reply) => return self.about_mail_error(reply),
        };
        if open.has(path) {
            return Step::Say(reply::RECIPIENT_OK);
        }
        if open.places_left(max) == 0 {
            self.patience.count_overshoot();
            return Step::Say(reply::TOO_MANY_RECIPIENTS);
        }
        match self.book.find(path) {
            Ownership::Ours(recipient) => {
                open.tried = true;
                Step::Ask(recipient)
            }
            Ownership::UnknownAddress => self.not_ours(path, reply::UNKNOWN_ADDRESS, "address"),
            Ownership::ForeignDomain => self.not_ours(path, reply::FOREIGN_DOMAIN, "domain"),
        }
    }

    fn not_ours(&mut self, path: &str, reply: Reply, what: &'static str) -> Step {
        metrics::counter!("postern_smtp_unknown_recipients_total", "unknown" => what).increment(1);
        let recipient = mask(path);
        tracing::info!(client = %self.client, recipient, unknown = what, "Refused {recipient}: the {what} is not ours");
        self.about_mail_error(reply)
    }

    fn data(&mut self, well_formed: Result<(), Reply>) -> Step {
        let open = match &self.stage {
            Stage::Open(open) => open,
            Stage::MailRefused => return Step::Say(self.about_mail(reply::NEED_MAIL)),
            Stage::Idle => return self.about_mail_error(reply::NEED_MAIL),
        };
        match well_formed {
            Err(reply) => self.about_mail_error(reply),
            Ok(()) if !open.recipients.is_empty() => Step::Receive,
            // The door refused every recipient, which is not an error of the client.
            Ok(()) if open.tried => Step::Say(self.about_mail(reply::NO_RECIPIENTS)),
            Ok(()) => self.about_mail_error(reply::NEED_RECIPIENT),
        }
    }

    fn reset(&mut self) -> Step {
        // A client whose mail was refused sends RSET and continues, so this RSET is not a useless
        // command.
        let of_use = matches!(&self.stage, Stage::Open(Transaction { tried: true, .. }) | Stage::MailRefused);
        self.stage = Stage::Idle;
        if of_use { Step::Say(reply::DONE) } else { self.useless(reply::DONE) }
    }

    fn useless(&mut self, reply: Reply) -> Step {
        self.patience.count_junk();
        Step::Say(reply)
    }

    fn error(&mut self, reply: Reply) -> Reply {
        self.patience.count_error();
        reply
    }

    fn about_mail_error(&mut self, reply: Reply) -> Step {
        self.patience.count_error();
        Step::Say(self.about_mail(reply))
    }

    /// The reply to a mail command: 4xx instead of 5xx if `soft_bounce` is set.
    fn about_mail(&self, reply: Reply) -> Reply {
        if self.settings.soft_bounce { reply.softened() } else { reply }
    }

    /// The last reply, once the client has used up its errors or useless commands.
    pub fn exhausted(&self) -> Option<Reply> {
        self.patience.last_words()
    }

    /// The reply to a line that is too long for a command.
    pub fn long_line(&mut self) -> Reply {
        self.error(reply::LINE_TOO_LONG)
    }

    /// The reply when a client sends data after DATA without waiting for 354.
    pub fn early_message(&self) -> Reply {
        self.about_mail(reply::EARLY_MESSAGE)
    }

    /// Whether a mail transaction is open.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// The envelope of the open transaction.
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.stage {
            Stage::Open(open) => Some(&open.envelope),
            Stage::Idle | Stage::MailRefused => None,
        }
    }

    /// The number of further recipients about which the door may be asked for this mail.
    pub fn places_left(&self) -> usize {
        match &self.stage {
            Stage::Open(open) => open.places_left(self.settings.max_recipients),
            Stage::Idle | Stage::MailRefused => 0,
        }
    }

    /// The reply to a recipient, after the door's answer.
    pub fn judged(&mut self, recipient: Recipient, answer: Option<&RecipientAnswer>) -> Reply {
        match answer {
            Some(RecipientAnswer::Welcome) => {
                if let Stage::Open(open) = &mut self.stage {
                    open.recipients.push(recipient);
                }
                reply::RECIPIENT_OK
            }
            Some(RecipientAnswer::Turned(why, _on_record)) => self.about_mail(Reply::turned(why, self.clock.now())),
            Some(RecipientAnswer::Unavailable(trouble)) => Reply::trouble(*trouble),
            None => reply::UNREACHABLE,
        }
    }

    /// Counts a refused RCPT. Refusals have a limit too, because each may add a row to the store.
    pub fn answered(&mut self, reply: &Reply) {
        if let Stage::Open(open) = &mut self.stage
            && reply.code() >= 400
        {
            open.turned += 1;
        }
    }

    /// Ends the transaction after a complete message, and returns what the door needs.
    pub fn complete(&mut self) -> Option<(Envelope, Vec<Recipient>)> {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Open(open) => Some((open.envelope, open.recipients)),
            Stage::Idle | Stage::MailRefused => None,
        }
    }

    /// Takes the door's answers to all recipients of a mail; SMTP has one reply for them.
    pub fn offered(&mut self, answers: Offered) -> Reply {
        let reply = Reply::to_mail(answers, self.clock.now());
        if reply.code() < 400 {
            self.patience.restore();
        }
        self.about_mail(reply)
    }

    /// Ends the transaction after a message that could not be taken.
    pub fn spoiled(&mut self, fault: Fault) -> Reply {
        self.stage = Stage::Idle;
        match fault {
            Fault::NoRoom => reply::NO_ROOM,
            Fault::TooBig => self.about_mail(reply::TOO_BIG),
            Fault::BareLineEnd => self.about_mail(reply::BARE_IN_MESSAGE),
        }
    }
}
