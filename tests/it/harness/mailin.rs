//! A smarthost from another project (mailin), on its own thread; it runs until the tests end.

use mailin_embedded::{Handler, Response, Server, SslConfig, response};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A message as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Mail {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        super::files::header(&self.bytes, name)
    }
}

#[derive(Default)]
struct Shared {
    kept: Vec<Mail>,
    asked: BTreeMap<String, u32>,
}

/// A running smarthost. It answers `busy@` with 450 twice and then accepts it, refuses `nobody@`
/// with 550, and accepts every other recipient.
pub struct Smarthost {
    pub port: u16,
    shared: Arc<Mutex<Shared>>,
}

impl Smarthost {
    /// A smarthost on a free port.
    pub fn start() -> Self {
        Self::start_at(super::port::free())
    }

    /// A smarthost on this port.
    pub fn start_at(port: u16) -> Self {
        let shared = Arc::<Mutex<Shared>>::default();
        let mut server = Server::new(Mailbox { current: Mail::default(), shared: Arc::clone(&shared) });
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        server.with_name("foreign.test").with_ssl(SslConfig::None).unwrap().with_tcp_listener(listener);
        std::thread::spawn(move || drop(server.serve()));
        Self { port, shared }
    }

    /// The URL for `[relay] url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The messages that it accepted.
    pub fn kept(&self) -> Vec<Mail> {
        self.shared.lock().unwrap().kept.clone()
    }

    /// Number of RCPT commands for a recipient.
    pub fn asked(&self, recipient: &str) -> u32 {
        self.shared.lock().unwrap().asked.get(recipient).copied().unwrap_or(0)
    }
}

#[derive(Clone)]
struct Mailbox {
    current: Mail,
    shared: Arc<Mutex<Shared>>,
}

impl Handler for Mailbox {
    fn rcpt(&mut self, to: &str) -> Response {
        let mut shared = self.shared.lock().unwrap();
        let asked = shared.asked.entry(to.to_owned()).or_default();
        *asked += 1;
        match (to.split('@').next().unwrap_or_default(), *asked) {
            ("busy", 1 | 2) => Response::custom(450, "4.2.1 try later".to_owned()),
            ("nobody", _) => Response::custom(550, "5.1.1 no such user".to_owned()),
            _ => response::OK,
        }
    }

    fn data_start(&mut self, _domain: &str, from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.current = Mail { from: from.to_owned(), to: to.to_vec(), bytes: Vec::new() };
        response::START_DATA
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.current.bytes.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mail = std::mem::take(&mut self.current);
        self.shared.lock().unwrap().kept.push(mail);
        response::OK
    }
}
