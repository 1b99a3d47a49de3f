//! The HTTP server as a client sees it: the whole router on a real store in its own folder.

mod access;
mod background_jobs;
mod connection;
mod drain;
mod events;
mod gate;
mod list;
mod liveness;
mod method;
mod monitor;
mod notification;
mod openapi;
mod page;
mod place;
mod queue;
mod report;
mod settings;
mod shown;
mod summary;
mod unknown;
mod window;
mod wire;
use super::client::Peer;
use super::room::Room;
use super::{Parts, Settings, router};
use crate::clock::{Clock, FixedClock};
use crate::domain::address::{Address, Mailbox};
use crate::domain::id::{MailId, TokenId};
use crate::domain::mail::{Envelope, Intent, Recipient};
use crate::domain::mode::{Change, How, State};
use crate::domain::notification::{Class, Kind, KindTable};
use crate::domain::report::Seen;
use crate::domain::secret;
use crate::flag::switch::Switch;
use crate::flag::watch::Watch;
use crate::outbound::enqueue::Enqueuer;
use crate::outbound::prepare::Outgoing;
use crate::policy::rules::{Rules, UnknownKind};
use crate::store::Store;
use crate::store::access::{AccessStore, Scope, Token};
use crate::store::mail::{AnswerFor, MailStore, Offer};
use crate::store::mode::{Author, ModeStore};
use crate::store::sqlite::{Existing, SqliteStore};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::Notify;
use tower::ServiceExt;

/// One gateway's HTTP server.
struct Door {
    store: Arc<SqliteStore>,
    parts: Parts,
    clock: FixedClock,
    api: String,
    folder: tempfile::TempDir,
}

/// A response, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn kind(name: &str, class: Class, aliases: &[&str]) -> Kind {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    Kind { name: name.into(), title: format!("The {name}"), class, why: "it is so".into(), aliases }
}

fn kinds() -> KindTable {
    KindTable::new(vec![
        kind("new_note", Class::Ordinary, &["note_email"]),
        kind("reset_password_instructions", Class::WriteDependent, &[]),
        kind("prometheus_alert_fired", Class::Paging, &["alert_email"]),
    ])
    .unwrap()
}

fn outgoing() -> Outgoing {
    let address = Address::parse("forge@example.com").unwrap();
    Outgoing {
        kinds: kinds(),
        unknown_kind: UnknownKind::Wait,
        from: Mailbox { name: None, address },
        hostname: "gateway.example.com".into(),
        retry_for: Duration::from_secs(86_400),
        paging: Vec::new(),
    }
}

fn settings() -> Settings {
    Settings {
        external_url: "https://forge.example.com/postern/".parse().unwrap(),
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        monitoring_clients: vec!["127.0.0.0/8".parse().unwrap()],
        write_block_status: 403,
    }
}

impl Door {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        let store = Arc::new(store);
        let clock = FixedClock::at("2026-12-01T00:00:00Z".parse().unwrap());
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let watch = Arc::new(Watch::new(Arc::clone(&shared), Arc::clone(&time)));
        let wake_deliveries = Arc::new(Notify::new());
        let parts = Parts {
            rules: Arc::new(Rules::default()),
            switch: Switch::new(Arc::clone(&shared), Arc::clone(&watch), Arc::clone(&time)),
            enqueuer: Enqueuer::new(
                Arc::clone(&shared),
                Arc::new(outgoing()),
                Arc::clone(&time),
                Arc::clone(&wake_deliveries),
            ),
            store: shared,
            watch,
            clock: time,
            kinds: kinds(),
            wake_deliveries,
            wake_hand_overs: Arc::new(Notify::new()),
            smtp_transactions: Arc::new(AtomicUsize::new(3)),
            metrics: Arc::new(|| "postern_build_info 1\n".to_owned()),
            room: Room::default(),
            seen: Arc::new(Seen::default),
            settings: settings(),
        };
        let mut door = Self { store, parts, clock, api: String::new(), folder };
        door.api = door.token("root", Scope::Api).await;
        door
    }

    fn router(&self) -> Router {
        router(self.parts.clone())
    }

    /// Creates a token and returns its secret.
    async fn token(&self, name: &str, scope: Scope) -> String {
        let (secret, now) = (secret::mint().unwrap(), self.clock.now());
        let token = Token { id: TokenId::mint(now), name: name.into(), scope, created_at: now, revoked_at: None };
        assert!(self.store.create_token(token, secret::hash(&secret)).await.unwrap());
        secret
    }

    /// Sends a request unchanged, from a peer on this machine.
    async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("127.0.0.1:4711", request).await
    }

    async fn send_from(&self, peer: &str, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        let response = self.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn ask(&self, method: &str, path: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("PRIVATE-TOKEN", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &self.api, &[], "").await
    }

    async fn put(&self, path: &str) -> Answer {
        self.ask("PUT", path, &self.api, &[], "").await
    }

    async fn post(&self, path: &str) -> Answer {
        self.ask("POST", path, &self.api, &[], "").await
    }

    async fn enqueue(&self, body: &Value) -> Answer {
        let json = [("Content-Type", "application/json")];
        self.ask("POST", NOTIFICATIONS, &self.api, &json, &body.to_string()).await
    }

    /// Changes the mode directly in the store, as another process would.
    async fn turn(&self, state: State) {
        let change = Change { state: Some(state), ..Change::default() };
        let author = Author { name: "somebody".into(), how: How::Console };
        self.store.change_mode(change, None, author, self.clock.now()).await.unwrap();
    }

    /// Receives mail to an address that would open an issue.
    async fn receive(&self, address: &str, mask: &str, subject: &str) {
        self.receive_under(address, mask, subject, Arc::new(Rules::default())).await;
    }

    async fn receive_under(&self, address: &str, mask: &str, subject: &str, rules: Arc<Rules>) {
        let now = self.clock.now();
        let envelope = Envelope {
            mail_id: MailId::mint(now),
            client: "192.0.2.7".parse().unwrap(),
            helo: "mx.example.com".into(),
            sender: Some("ann@example.com".into()),
            received_at: now,
        };
        let recipient = Recipient {
            address: address.into(),
            mask: mask.into(),
            key: "secret-key".into(),
            intent: Intent::CreateIssue,
        };
        let raw = format!("Subject: {subject}\r\n\r\nHello\r\n").into_bytes();
        let digest = Sha256::digest(&raw).into();
        let offer = Offer {
            answer_for: AnswerFor::TheMail,
            envelope,
            recipients: vec![recipient],
            raw: raw.into(),
            digest,
            automatic: None,
            message_id: Some(subject.into()),
        };
        self.store.offer(Arc::new(offer), rules).await.unwrap();
    }
}

const SETTINGS: &str = "/api/v4/application/settings";
const NOTIFICATIONS: &str = "/api/v4/internal/notifications";

/// A notification as an application enqueues it.
fn notification(kind: &str, to: &str) -> Value {
    serde_json::json!({"kind": kind, "to": [to], "subject": "Hello", "text": "Hello there"})
}
