//! One client's conversation, as a state machine: which command may come now, and what is said to it.
//!
//! It never touches the network, the store or the mode. Every answer to a client is chosen here or by the door; the
//! texts are in `reply`, and how many mistakes are borne in `patience`.

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
use crate::inbound::port::{AddressBook, MailAnswer, RecipientAnswer};
use crate::message::key::Ownership;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// How much of what a client calls itself is kept, in characters (a domain has at most 255, RFC 5321 §4.5.3.1.2).
const MAX_HELO: usize = 255;

/// What the connection is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Say this.
    Say(Reply),
    /// Ask the door about this recipient.
    Ask(Recipient),
    /// Receive a message.
    Receive,
    /// Say this and close.
    Close(Reply),
}

#[derive(Debug)]
enum Stage {
    Idle,
    /// MAIL was refused; a pipelining client's RCPT and DATA may still come.
    MailRefused,
    Open(Transaction),
}

/// One client's conversation.
pub struct Session {
    settings: Arc<Settings>,
    book: Arc<dyn AddressBook>,
    clock: Arc<dyn Clock>,
    transactions: Arc<AtomicUsize>,
    client: IpAddr,
    trusted: bool,
    /// What the client called itself; `None` before it greeted.
    helo: Option<String>,
    stage: Stage,
    patience: Patience,
}

impl Session {
    /// A conversation with `client` that has not begun; `transactions` counts the mails under way everywhere.
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

    /// Takes a command.
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
            // Every recipient was turned away, and that is no mistake of the client's.
            Ok(()) if open.tried => Step::Say(self.about_mail(reply::NO_RECIPIENTS)),
            Ok(()) => self.about_mail_error(reply::NEED_RECIPIENT),
        }
    }

    fn reset(&mut self) -> Step {
        // A client whose mail was refused resets and goes on: that is use enough.
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

    /// What is said about mail: softened where the operator wants nothing to bounce.
    fn about_mail(&self, reply: Reply) -> Reply {
        if self.settings.soft_bounce { reply.softened() } else { reply }
    }

    /// The last words, when the client has used up its errors or its useless commands.
    pub fn exhausted(&self) -> Option<Reply> {
        self.patience.last_words()
    }

    /// A line was too long to be a command.
    pub fn long_line(&mut self) -> Reply {
        self.error(reply::LINE_TOO_LONG)
    }

    /// Something followed DATA before it was answered.
    pub fn early_message(&self) -> Reply {
        self.about_mail(reply::EARLY_MESSAGE)
    }

    /// Is a mail under way?
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// What MAIL began.
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.stage {
            Stage::Open(open) => Some(&open.envelope),
            Stage::Idle | Stage::MailRefused => None,
        }
    }

    /// How many more recipients the door may be asked about for this mail.
    pub fn places_left(&self) -> usize {
        match &self.stage {
            Stage::Open(open) => open.places_left(self.settings.max_recipients),
            Stage::Idle | Stage::MailRefused => 0,
        }
    }

    /// Takes the door's answer about a recipient.
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

    /// A RCPT hears the door's answer: those turned away are bounded too, since each may be a row.
    pub fn answered(&mut self, reply: &Reply) {
        if let Stage::Open(open) = &mut self.stage
            && reply.code() >= 400
        {
            open.turned += 1;
        }
    }

    /// The message is here: ends the transaction and hands out what the door needs.
    pub fn complete(&mut self) -> Option<(Envelope, Vec<Recipient>)> {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Open(open) => Some((open.envelope, open.recipients)),
            Stage::Idle | Stage::MailRefused => None,
        }
    }

    /// Takes the door's answer about a whole mail.
    pub fn offered(&mut self, answer: &MailAnswer) -> Reply {
        if matches!(answer, MailAnswer::Taken(_)) {
            self.patience.restore();
        }
        self.about_mail(Reply::to_mail(answer, self.clock.now()))
    }

    /// The message could not be taken: ends the transaction.
    pub fn spoiled(&mut self, fault: Fault) -> Reply {
        self.stage = Stage::Idle;
        match fault {
            Fault::NoRoom => reply::NO_ROOM,
            Fault::TooBig => self.about_mail(reply::TOO_BIG),
            Fault::BareLineEnd => self.about_mail(reply::BARE_IN_MESSAGE),
        }
    }
}
