//! A smarthost that can delay one reply, so that a test can act meanwhile. It records all that it
//! receives.

use super::wait::{seconds, until_true};
use base64::Engine;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// The reply to delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The reply to RCPT TO.
    Recipient,
    /// The reply to DATA.
    Data,
    /// The reply to the dot.
    Dot,
}

#[derive(Default)]
struct State {
    /// The reply, and the recipient whose transaction it belongs to.
    hold: Option<(Hold, &'static str)>,
    is_holding: bool,
    /// Recipient and message, for every message whose dot arrived.
    messages: Vec<(String, Vec<u8>)>,
    /// Every byte that arrived after a 354, with or without its dot.
    bytes: Vec<u8>,
    /// The AUTH commands.
    sign_ins: Vec<String>,
    clients: Vec<TcpStream>,
}

/// A running scripted smarthost; it runs until the tests end.
#[derive(Clone)]
pub struct Scripted {
    pub port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Scripted {
    /// A smarthost that delays nothing.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// A smarthost that delays a reply in transactions for `recipient`.
    pub fn holding(hold: Hold, recipient: &'static str) -> Self {
        Self::with(Some((hold, recipient)))
    }

    fn with(hold: Option<(Hold, &'static str)>) -> Self {
        let port = super::port::free();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let state = State { hold, ..State::default() };
        let scripted = Self { port, state: Arc::new((Mutex::new(state), Condvar::new())) };
        let server = scripted.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                server.state.0.lock().unwrap().clients.extend(stream.try_clone());
                std::thread::spawn(move || server.talk(&stream));
            }
        });
        scripted
    }

    /// The URL for `[relay] url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Waits until a client waits for the delayed reply.
    pub fn await_holding(&self) {
        until_true("the smarthost holds a reply back", seconds(20), || self.state.0.lock().unwrap().is_holding);
    }

    /// Sends the delayed reply, and delays nothing after that.
    pub fn release(&self) {
        let mut state = self.state.0.lock().unwrap();
        (state.hold, state.is_holding) = (None, false);
        self.state.1.notify_all();
    }

    /// The user and password of the last AUTH PLAIN.
    pub fn last_sign_in(&self) -> Option<(String, String)> {
        let last = self.state.0.lock().unwrap().sign_ins.last()?.rsplit(' ').next()?.to_owned();
        let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(last).ok()?).ok()?;
        let mut parts = text.split('\0').skip(1).map(str::to_owned);
        Some((parts.next()?, parts.next()?))
    }

    /// Closes every connection without a reply.
    pub fn hang_up(&self) {
        for client in self.state.0.lock().unwrap().clients.drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// The complete messages: recipient and bytes.
    pub fn messages(&self) -> Vec<(String, Vec<u8>)> {
        self.state.0.lock().unwrap().messages.clone()
    }

    /// The recipients of the complete messages.
    pub fn recipients(&self) -> Vec<String> {
        self.messages().into_iter().map(|(recipient, _)| recipient).collect()
    }

    /// Every byte of messages, including those whose dot never arrived.
    pub fn every_byte(&self) -> Vec<u8> {
        self.state.0.lock().unwrap().bytes.clone()
    }

    fn pass(&self, here: Hold, recipient: &str) {
        let mut state = self.state.0.lock().unwrap();
        while state.hold.is_some_and(|(hold, of)| hold == here && of == recipient) {
            state.is_holding = true;
            state = self.state.1.wait(state).unwrap();
        }
    }

    /// Serves one connection until the client disconnects.
    fn talk(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream);
        say(stream, "220 scripted.test ESMTP")?;
        let mut recipient = String::new();
        loop {
            let command = String::from_utf8_lossy(&line(&mut lines)?).trim_end().to_owned();
            let verb: String = command.chars().take(4).collect::<String>().to_ascii_uppercase();
            match verb.as_str() {
                "RCPT" => {
                    recipient = command.split(['<', '>']).nth(1)?.to_owned();
                    self.pass(Hold::Recipient, &recipient);
                    say(stream, "250 2.1.5 yes")?;
                }
                "DATA" => {
                    self.pass(Hold::Data, &recipient);
                    say(stream, "354 go")?;
                    let message = self.message(&mut lines)?;
                    self.state.0.lock().unwrap().messages.push((recipient.clone(), message));
                    self.pass(Hold::Dot, &recipient);
                    say(stream, "250 2.0.0 taken")?;
                }
                "QUIT" => return say(stream, "221 2.0.0 bye"),
                "EHLO" => {
                    say(stream, "250-scripted.test\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES")?
                }
                "AUTH" => {
                    self.state.0.lock().unwrap().sign_ins.push(command);
                    say(stream, "235 2.7.0 welcome")?;
                }
                _ => say(stream, "250 2.0.0 yes")?,
            }
        }
    }

    fn message(&self, lines: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let line = line(lines)?;
            self.state.0.lock().unwrap().bytes.extend_from_slice(&line);
            if line == b".\r\n" {
                return Some(message);
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

fn say(mut stream: &TcpStream, reply: &str) -> Option<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).ok()
}

fn line(lines: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    match lines.read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line),
    }
}
