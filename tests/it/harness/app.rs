//! An application behind a webhook that can delay its answer. It records what it was offered.

use super::wait::{seconds, until_true};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// The signing secret of every test.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A mail as it was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The lines of the request's head.
    pub head: String,
    pub body: Vec<u8>,
}

impl Offer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        super::files::header(self.head.as_bytes(), name)
    }
}

struct State {
    answer: &'static str,
    /// The application answers 500 to a mail that contains this text.
    fails_over: Option<&'static str>,
    is_held: bool,
    offers: Vec<Offer>,
}

/// A running application; it runs until the tests end.
#[derive(Clone)]
pub struct App {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl App {
    /// An application that answers with this status line (`200 OK`).
    pub fn answering(answer: &'static str) -> Self {
        Self::start(State { answer, fails_over: None, is_held: false, offers: Vec::new() })
    }

    /// An application that does not answer until it is released; then it answers 200.
    pub fn holding() -> Self {
        Self::start(State { answer: "200 OK", fails_over: None, is_held: true, offers: Vec::new() })
    }

    fn start(state: State) -> Self {
        let port = super::port::free();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let app = Self { port, state: Arc::new((Mutex::new(state), Condvar::new())) };
        let server = app.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        app
    }

    /// The URL for `[app] url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Changes the status line of all further answers.
    pub fn answer(&self, answer: &'static str) {
        self.state.0.lock().unwrap().answer = answer;
    }

    /// From now on answers 500 to a mail that contains this text, and to no other.
    pub fn fail_over(&self, words: Option<&'static str>) {
        self.state.0.lock().unwrap().fails_over = words;
    }

    /// Releases the delayed answers.
    pub fn release(&self) {
        self.state.0.lock().unwrap().is_held = false;
        self.state.1.notify_all();
    }

    /// The mails offered so far, including those not yet answered.
    pub fn offers(&self) -> Vec<Offer> {
        self.state.0.lock().unwrap().offers.clone()
    }

    /// Waits until it was offered `count` mails.
    pub fn await_offers(&self, count: usize) {
        until_true(&format!("{count} mails are offered"), seconds(60), || self.offers().len() >= count);
    }

    fn serve(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = super::files::header(head.as_bytes(), "Content-Length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut state = self.state.0.lock().unwrap();
        state.offers.push(Offer { head, body: body.clone() });
        while state.is_held {
            state = self.state.1.wait(state).unwrap();
        }
        let is_poison = state.fails_over.is_some_and(|words| String::from_utf8_lossy(&body).contains(words));
        let status = if is_poison { "500 Internal Server Error" } else { state.answer };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        drop(state);
        stream.write_all(answer.as_bytes()).ok()
    }
}
