//! Runs one connection: reads every complete line, asks the door, writes all replies at once, and
//! reads again.

use super::Settings;
use super::batch::{Batch, Place};
use super::budget::Budget;
use super::command::{self, Command};
use super::framing::{Body, Fault, Line, Lines};
use super::progress::Progress;
use super::reply::{self, Reply};
use super::session::{Session, Step};
use super::tally::Tally;
use super::wire::{End, Wire};
use crate::clock::Clock;
use crate::inbound::port::{AddressBook, Door};
use crate::store::mail::AnswerFor;
use bytes::{Buf as _, Bytes};
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// Bytes reserved for one read of commands, and of a message.
const COMMAND_ROOM: usize = 4 << 10;
const MESSAGE_ROOM: usize = 32 << 10;

/// What all connections share.
pub struct Server {
    /// The `[smtp]` settings.
    pub settings: Arc<Settings>,
    /// Judges recipients and takes the mail.
    pub door: Arc<dyn Door>,
    /// Resolves addresses.
    pub book: Arc<dyn AddressBook>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The byte budget of the messages being received.
    pub budget: Arc<Budget>,
    /// Number of open mail transactions.
    pub transactions: Arc<AtomicUsize>,
    /// Counts the replies by code.
    pub tally: Arc<Tally>,
}

/// Serves `client` over `stream` until either side ends the session, or until `stop`.
pub async fn serve<S>(stream: S, client: IpAddr, server: Arc<Server>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let wire = Wire::new(stream, &server.settings, stop, Arc::clone(&server.tally));
    let session = Session::new(&server.settings, &server.book, &server.clock, &server.transactions, client);
    let (lines, batch) = (Lines::default(), Batch::default());
    let mut connection = Connection { wire, session, lines, batch, client, server };
    let Err(end) = connection.converse().await;
    // End the open transaction now; closing may wait for the client.
    drop(connection.session.complete());
    if let End::Farewell(reply) = end {
        tracing::debug!(client = %client, code = reply.code(), "Closed an SMTP connection with {}", reply.code());
        connection.wire.close(&reply).await;
    }
}

struct Connection<S> {
    wire: Wire<S>,
    session: Session,
    lines: Lines,
    batch: Batch,
    client: IpAddr,
    server: Arc<Server>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn converse(&mut self) -> Result<Infallible, End> {
        self.wire.say(&Reply::greeting(&self.server.settings.hostname));
        loop {
            self.answer_all().await?;
            self.wire.flush().await?;
            if self.session.is_under_way() {
                self.wire.listen_on(COMMAND_ROOM).await?;
            } else {
                self.wire.listen(COMMAND_ROOM).await?;
            }
        }
    }

    /// Answers every complete line received so far.
    async fn answer_all(&mut self) -> Result<(), End> {
        loop {
            if self.wire.is_stopping() && !self.session.is_under_way() {
                return Err(End::Farewell(reply::SHUTTING_DOWN));
            }
            match self.lines.next(&mut self.wire.buffer) {
                Line::Whole(length) => self.answer(length).await?,
                Line::TooLong => {
                    self.settle().await;
                    let reply = self.session.long_line();
                    self.wire.say(&reply);
                }
                Line::Broken => {
                    self.settle().await;
                    return Err(End::Farewell(reply::BARE_LINE_END));
                }
                Line::Partial => {
                    self.settle().await;
                    let tls = command::is_tls(&self.wire.buffer);
                    return if tls { Err(End::Farewell(reply::NOT_SMTP)) } else { Ok(()) };
                }
            }
            if let Some(last_words) = self.session.exhausted() {
                self.settle().await;
                return Err(End::Farewell(last_words));
            }
        }
    }

    async fn answer(&mut self, length: usize) -> Result<(), End> {
        if !command::is_recipient(&self.wire.buffer[..length]) {
            self.settle().await;
        }
        let command = Command::parse(&self.wire.buffer[..length]);
        // RFC 2920: DATA must end its segment. Otherwise the same bytes could be a message to one
        // reader and commands to another.
        let is_early = matches!(command, Command::Data(_)) && self.wire.buffer.len() > length;
        let step = self.session.hear(command);
        self.wire.buffer.advance(length);
        if is_early {
            return Err(End::Farewell(self.session.early_message()));
        }
        match step {
            Step::Say(reply) if self.batch.is_empty() => self.wire.say(&reply),
            Step::Say(reply) => self.batch.say(reply),
            Step::Ask(recipient) => {
                self.batch.ask(recipient);
                if self.batch.waiting() >= self.session.places_left() {
                    self.settle().await;
                }
            }
            Step::Receive => self.receive().await?,
            Step::Close(reply) => return Err(End::Farewell(reply)),
        }
        Ok(())
    }

    /// Asks the door about all waiting recipients, and answers each.
    async fn settle(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let (places, asked) = self.batch.take();
        let answers = match self.session.envelope() {
            Some(envelope) if !asked.is_empty() => self.server.door.judge(envelope, asked.clone()).await,
            _ => Vec::new(),
        };
        let judged = asked.into_iter().enumerate();
        let replies: Vec<Reply> =
            judged.map(|(number, recipient)| self.session.judged(recipient, answers.get(number))).collect();
        for place in &places {
            match place {
                Place::Said(reply) => self.wire.say(reply),
                Place::Asked(number) => {
                    let said = replies.get(*number).cloned().unwrap_or(reply::UNREACHABLE);
                    self.session.answered(&said);
                    self.wire.say(&said);
                }
            }
        }
    }

    /// Receives a message and offers it to the door.
    async fn receive(&mut self) -> Result<(), End> {
        self.wire.say(&reply::GO_AHEAD);
        self.wire.flush().await?;
        let room = self.server.budget.share(self.client);
        let mut body = Body::new(self.server.settings.max_message_bytes, room);
        let mut progress = Progress::begin(Instant::now(), self.server.settings.pace_window);
        loop {
            self.listen_to_message(&mut progress, body.seen()).await?;
            if let Some(length) = body.feed(&self.wire.buffer) {
                self.wire.buffer.advance(length);
                break;
            }
            self.wire.buffer.clear();
            if body.is_overrun() {
                let fault = body.finish().err().unwrap_or(Fault::TooBig);
                return Err(End::Farewell(self.session.spoiled(fault)));
            }
        }
        match body.finish() {
            Ok((raw, _room)) => self.offer(raw).await,
            Err(fault @ Fault::BareLineEnd) => return Err(End::Farewell(self.session.spoiled(fault))),
            Err(fault @ (Fault::NoRoom | Fault::TooBig)) => {
                let reply = self.session.spoiled(fault);
                self.wire.say(&reply);
            }
        }
        Ok(())
    }

    /// Waits for more of a message; `seen` bytes have arrived so far.
    async fn listen_to_message(&mut self, progress: &mut Progress, seen: usize) -> Result<(), End> {
        let mut heard = pin!(self.wire.listen_on(MESSAGE_ROOM));
        loop {
            let outcome = timeout_at(progress.window_ends(), heard.as_mut()).await;
            if progress.has_stalled(Instant::now(), seen) {
                return Err(End::Farewell(reply::TOO_SLOW));
            }
            if let Ok(heard) = outcome {
                return heard;
            }
        }
    }

    /// Offers a message to the door. Nothing interrupts this, or the client and the store could
    /// disagree about the mail.
    async fn offer(&mut self, raw: Bytes) {
        if let Some((envelope, recipients)) = self.session.complete() {
            let answers = self.server.door.offer(envelope, recipients, raw, AnswerFor::TheMail).await;
            let reply = self.session.offered(answers);
            self.wire.say(&reply);
        }
    }
}
