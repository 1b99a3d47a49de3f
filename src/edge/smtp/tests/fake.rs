//! A door, an address book and settings that a test controls.

use super::super::{Listener, Settings, bind, run};
use crate::clock::FixedClock;
use crate::domain::address::without_needless_quotes;
use crate::domain::mail::{Envelope, Intent, Recipient, Verdict};
use crate::domain::mode::Version;
use crate::inbound::port::{AddressBook, Door, Offered, RecipientAnswer, Trouble};
use crate::message::key::Ownership;
use crate::policy::inbound::{Turned, WhyNot};
use crate::policy::rules::Reason;
use crate::store::mail::{AnswerFor, OfferAnswer};
use crate::store::receipt::{Receipt, RefusalReceipt};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A test's settings, such as `mode: on`.
pub type Header = BTreeMap<String, String>;

/// Accepts every mail and records it.
#[derive(Default)]
pub struct FakeDoor {
    pub header: Header,
    pub mails: Mutex<Vec<(Envelope, Vec<Recipient>, Bytes)>>,
    pub judged: AtomicUsize,
    /// If set, each offer waits for a permit.
    pub gate: Option<Arc<tokio::sync::Semaphore>>,
}

impl FakeDoor {
    fn says(&self, key: &str) -> &str {
        self.header.get(key).map_or("", String::as_str)
    }

    fn maintenance(&self) -> Reason {
        let until = self.header.get("until").map(|text| text.parse().unwrap());
        Reason { version: Version(7), message: self.header.get("message").cloned(), until }
    }

    fn answer(&self, intent: Intent) -> RecipientAnswer {
        let turned = |turned| RecipientAnswer::Turned(turned, RefusalReceipt::forge());
        match (self.says("mode"), self.says("treatment")) {
            ("unreachable", _) => RecipientAnswer::Unavailable(Trouble::Unreachable),
            ("unknown", _) => turned(Turned::Defer(WhyNot::ModeUnknown)),
            ("on", treatment) if intent == Intent::CreateIssue && treatment != "hold" => {
                let why = WhyNot::Maintenance(self.maintenance());
                turned(if treatment == "defer" { Turned::Defer(why) } else { Turned::Refuse(why) })
            }
            _ => RecipientAnswer::Welcome,
        }
    }
}

#[async_trait]
impl Door for FakeDoor {
    async fn judge(&self, _envelope: &Envelope, recipients: Vec<Recipient>) -> Vec<RecipientAnswer> {
        self.judged.fetch_add(1, Ordering::SeqCst);
        recipients.iter().map(|recipient| self.answer(recipient.intent)).collect()
    }

    async fn offer(
        &self,
        envelope: Envelope,
        recipients: Vec<Recipient>,
        raw: Bytes,
        _answer_for: AnswerFor,
    ) -> Offered {
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let verdict = match self.says("offer") {
            "mixed" => return Ok(recipients.iter().map(|_| OfferAnswer::Divided).collect()),
            "full" => return Err(Trouble::Full),
            "unreachable" => return Err(Trouble::Unreachable),
            "refuse" => {
                let why = Turned::Refuse(WhyNot::Maintenance(self.maintenance()));
                let turned = |_| OfferAnswer::Turned(why.clone(), RefusalReceipt::forge());
                return Ok(recipients.iter().map(turned).collect());
            }
            "held" => Verdict::Hold,
            "discarded" => Verdict::Discard,
            _ => Verdict::Accept,
        };
        let taken = |_| OfferAnswer::Taken(Receipt::forge(envelope.mail_id, verdict));
        let answers = recipients.iter().map(taken).collect();
        self.mails.lock().unwrap().push((envelope, recipients, raw));
        Ok(answers)
    }
}

/// Knows `issue…`, `unsubscribe…` and `postmaster` at acme.example.
pub struct FakeBook;

impl AddressBook for FakeBook {
    fn find(&self, recipient: &str) -> Ownership {
        let recipient = &*without_needless_quotes(recipient);
        let (local, domain) = recipient.rsplit_once('@').unwrap_or((recipient, "acme.example"));
        if !domain.eq_ignore_ascii_case("acme.example") {
            return Ownership::ForeignDomain;
        }
        let intent = match local.to_ascii_lowercase().as_str() {
            "postmaster" => Intent::Postmaster,
            text if text.starts_with("unsubscribe") => Intent::Unsubscribe,
            text if text.starts_with("issue") || text.starts_with("\"issue") => Intent::CreateIssue,
            _ => return Ownership::UnknownAddress,
        };
        let address = recipient.to_owned();
        Ownership::Ours(Recipient { mask: address.clone(), address, key: String::new(), intent })
    }
}

/// Default settings, changed as `header` says.
pub fn settings(header: &Header) -> Settings {
    let number = |key: &str, default: usize| header.get(key).map_or(default, |text| text.parse().unwrap());
    let trusted = header.get("trusted_clients").map_or("127.0.0.0/8", String::as_str);
    Settings {
        hostname: "mx.acme.example".to_owned(),
        max_message_bytes: number("max_message_bytes", 1_000_000),
        max_recipients: number("max_recipients", 100),
        max_connections: number("max_connections", 50),
        max_connections_per_client: number("max_connections_per_client", 50),
        buffer_bytes: number("buffer_bytes", 10_000_000),
        idle_timeout: Duration::from_millis(number("idle_timeout_ms", 60_000) as u64),
        pace_window: Duration::from_millis(number("pace_window_ms", 60_000) as u64),
        session_timeout: Duration::from_millis(number("session_timeout_ms", 60_000) as u64),
        trusted_clients: vec![trusted.parse().unwrap()],
        soft_bounce: header.get("soft_bounce").is_some_and(|text| text == "true"),
    }
}

/// A server under test.
pub struct Running {
    pub address: SocketAddr,
    pub door: Arc<FakeDoor>,
    pub stop: CancellationToken,
    pub transactions: Arc<AtomicUsize>,
    pub ended: tokio::task::JoinHandle<()>,
}

/// Starts a server on a port that the system chooses.
pub async fn start(door: FakeDoor) -> Running {
    let listener: Listener = bind("127.0.0.1:0").await.unwrap();
    let (address, transactions) = (listener.address().unwrap(), listener.transactions());
    let (door, stop) = (Arc::new(door), CancellationToken::new());
    let settings = Arc::new(settings(&door.header));
    let clock = Arc::new(FixedClock::at("2026-11-30T00:00:00Z".parse().unwrap()));
    let running = run(listener, settings, Arc::clone(&door) as _, Arc::new(FakeBook), clock, stop.clone());
    Running { address, door, stop, transactions, ended: tokio::spawn(running) }
}
