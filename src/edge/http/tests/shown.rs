//! What programs are shown, byte for byte, compared with `fixtures/shown`.
//!
//! A change of the contract is a diff of these files. After an intended change: `UPDATE_SHOWN=1 cargo test --lib edge::http::tests::shown`.

use super::{Answer, Door, NOTIFICATIONS, SETTINGS, notification};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::id::{AnyId, NodeId};
use crate::domain::mode::{SeenMode, Version};
use crate::domain::report::Report;
use crate::domain::six_digits;
use crate::policy::window::Confidence;
use crate::store::claim::Settlement;
use crate::store::desk::{Cause, DeskStore, Flow, Pause};
use crate::store::mode::{ModeRows, Node};
use crate::store::notification::NotificationStore;
use crate::store::window::WindowStore;
use axum::http::Method;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];
const WINDOWS: &str = "/api/v4/maintenance/windows";
const FORMATS: [&str; 3] = ["json", "csv", "ndjson"];

/// Compares with a file of `fixtures/shown`, or writes it when the change is intended.
fn assert_is_on_file(name: &str, shown: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shown").join(name);
    if std::env::var_os("UPDATE_SHOWN").is_some() {
        std::fs::write(&file, shown).unwrap();
    }
    let on_file = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = on_file.lines().zip(shown.lines()).find(|(there, here)| there != here);
    assert!(on_file == shown, "{name} is not what is shown; first difference, on file and now: {differs:#?}");
}

/// The text with each id replaced by its place among the ids that came before.
fn with_numbered_ids(text: &str, known: &mut Vec<String>) -> String {
    const LENGTH: usize = 36;
    let mut numbered = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let id = rest.get(..LENGTH).filter(|id| id.as_bytes()[8] == b'-' && AnyId::parse(id).is_some());
        if let Some(id) = id {
            let place = known.iter().position(|other| other == id).unwrap_or_else(|| {
                known.push(id.to_owned());
                known.len() - 1
            });
            write!(numbered, "<id {place}>").unwrap();
        } else {
            numbered.push(next);
        }
        rest = &rest[id.map_or(next.len_utf8(), str::len)..];
    }
    numbered
}

/// One text with a line break after each `,`, `{` and `[` outside strings: the same bytes, on lines that a diff can show.
fn on_lines(json: &str) -> String {
    let (mut lines, mut is_text, mut is_escaped) = (String::new(), false, false);
    for c in json.chars() {
        lines.push(c);
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            ',' | '{' | '[' if !is_text => lines.push('\n'),
            _ => {}
        }
    }
    lines
}

/// What was asked and answered so far.
struct Transcript {
    door: Door,
    text: String,
    ids: Vec<String>,
}

impl Transcript {
    async fn ask(&mut self, method: Method, path: &str, token: &str, body: &str) -> Answer {
        // Lists are ordered by time: no two things happen at once.
        self.door.clock.advance(Duration::from_secs(1));
        let headers = if body.is_empty() { &[][..] } else { &JSON[..] };
        let answer = self.door.ask(method.as_str(), path, token, headers, body).await;
        let kind = answer.header("content-type").to_owned();
        let asked = format!("{method} {path}\n{} {kind}\n{}\n\n", answer.status.as_u16(), answer.text.trim_end());
        self.text.push_str(&with_numbered_ids(&asked, &mut self.ids));
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        let token = self.door.api.clone();
        self.ask(Method::GET, path, &token, "").await
    }

    async fn send(&mut self, method: Method, path: &str, body: &str) -> Answer {
        let token = self.door.api.clone();
        self.ask(method, path, &token, body).await
    }

    async fn enqueue(&mut self, kind: &str, reference: Option<&str>) -> Answer {
        let mut body = notification(kind, "ann@example.com");
        if let Some(reference) = reference {
            body["reference"] = json!(reference);
        }
        self.send(Method::POST, NOTIFICATIONS, &body.to_string()).await
    }

    /// A list in each of its formats.
    async fn list(&mut self, path: &str) -> Answer {
        for format in &FORMATS[1..] {
            self.get(&format!("{path}?format={format}")).await;
        }
        self.get(path).await
    }

    /// The sender tries one delivery.
    async fn settle(&self, settlement: Settlement) {
        let now = self.door.clock.now();
        let claim = self.door.store.claim_deliveries(1, now).await.unwrap().pop().unwrap();
        self.door.store.settle_delivery(claim, settlement, now).await.unwrap();
    }
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Before the mode: mail waits, notifications are tried, and maintenance is planned.
async fn before(open: &mut Transcript) {
    for (subject, mask) in [("first", "incoming+…@localhost"), ("=second", "incoming+o…@localhost")] {
        open.door.receive("incoming+k@localhost", mask, subject).await;
        open.door.clock.advance(Duration::from_secs(1));
    }
    let noted = open.enqueue("new_note", Some("note-42")).await;
    let again_at = open.door.clock.now().saturating_add(jiff::SignedDuration::from_secs(30)).unwrap();
    open.settle(Settlement::Retry(Failure::temporary("451 4.3.0 later"), again_at)).await;
    open.get(&format!("{NOTIFICATIONS}/{}", id(&noted))).await;
    open.enqueue("new_note", None).await;
    open.settle(Settlement::Failed(Failure::permanent("550 5.1.1 no such user"))).await;
    open.list("/api/v4/queue").await;
    let wish = json!({"starts_at": "2026-12-01T01:00Z", "duration": "2h", "message": "Disks", "auto_off": true});
    let planned = open.send(Method::POST, WINDOWS, &wish.to_string()).await;
    open.get(&format!("{WINDOWS}/{}", id(&planned))).await;
    let other = json!({"starts_at": "2026-12-02T01:00Z", "ends_at": "2026-12-02T02:00Z"});
    let other = open.send(Method::POST, WINDOWS, &other.to_string()).await;
    open.list(WINDOWS).await;
    open.send(Method::DELETE, &format!("{WINDOWS}/{}", id(&other)), "").await;
    open.get("/api/v4/maintenance").await;
    open.get("/api/v4/background_jobs").await;
    open.send(Method::PUT, "/api/v4/background_jobs/retention?paused=true", "").await;
}

/// In the mode: what it keeps back and refuses.
async fn within(open: &mut Transcript) {
    open.door.clock.advance(Duration::from_secs(3600));
    let now = open.door.clock.now();
    open.door.store.keep_windows(Confidence::Steady, now).await.unwrap();
    let until =
        json!({"maintenance_mode_message": "Moving, \"really\"", "maintenance_mode_until": "2026-12-01T02:30:00Z"});
    open.send(Method::PUT, SETTINGS, &until.to_string()).await;
    let paged = open.enqueue("prometheus_alert_fired", Some("=alert")).await;
    open.enqueue("reset_password_instructions", None).await;
    open.enqueue("nobody_declared", None).await;
    open.get(&format!("{NOTIFICATIONS}/{}", id(&paged))).await;
    open.door.receive("incoming+k@localhost", "incoming+…@localhost", "third").await;
    let suppressed = open.list("/api/v4/suppressed_mails").await;
    open.get(&format!("/api/v4/suppressed_mails/{}", suppressed.json()[0]["id"].as_str().unwrap())).await;
    open.get("/api/v4/suppressed_mails/summary").await;
    let incoming = open.list("/api/v4/incoming_mails").await;
    open.get(&format!("/api/v4/incoming_mails/{}", incoming.json()[0]["id"].as_str().unwrap())).await;
    open.get("/api/v4/incoming_mails/summary").await;
    for kind in ["new_note", "reset_password_instructions"] {
        open.get(&format!("/api/v4/internal/deliverability?kind={kind}")).await;
    }
}

/// What monitors and operators look at, and the end.
async fn after(open: &mut Transcript) {
    let now = open.door.clock.now();
    let seen_at = now;
    let (id, name) = (NodeId::mint(now), "gw-1/4711".to_owned());
    let node = Node { id, name, version: Version(2), mode: SeenMode::On, seen_at, report: Report::default() };
    open.door.store.see(node).await.unwrap();
    let (flow, cause) = (Flow::Relay, Cause::Trouble);
    let pause = Pause { flow, cause, reason: "connection refused".into(), since: now, until: now, failures: 3 };
    open.door.store.set_pause(flow, Some(pause)).await.unwrap();
    open.get("/-/liveness").await;
    open.get("/-/readiness").await;
    open.get("/api/v4/maintenance").await;
    open.get("/api/v4/maintenance?wait=drained&timeout=0s").await;
    open.ask(Method::GET, "/api/v4/maintenance", "", "").await;
    open.ask(Method::GET, "/api/v4/maintenance/banner", "", "").await;
    open.get(SETTINGS).await;
    let queued = open.list("/api/v4/queue").await.json();
    let waiting = queued.as_array().unwrap().iter().find(|item| item["type"] == "recipient").unwrap();
    for action in ["retry", "cancel", "release"] {
        open.send(Method::POST, &format!("/api/v4/queue/{}/{action}", waiting["id"].as_str().unwrap()), "").await;
    }
    open.send(Method::PUT, SETTINGS, r#"{"maintenance_mode": false}"#).await;
    open.list(WINDOWS).await;
    open.get("/api/v4/maintenance/history").await;
}

#[tokio::test]
async fn every_answer_has_the_bytes_on_file() {
    let door = Door::open().await;
    let made_at = door.store.mode().await.unwrap().since;
    let mut open = Transcript { door, text: String::new(), ids: Vec::new() };
    before(&mut open).await;
    within(&mut open).await;
    after(&mut open).await;
    // The one time that no clock of the test says.
    let text = open.text.replace(&six_digits::text(made_at), "<start of the store>");
    assert_is_on_file("http.txt", &text);
}

#[tokio::test]
async fn the_description_has_the_bytes_on_file() {
    let document = Door::open().await.get("/api/v4/openapi.json").await.text;
    let lines = on_lines(&document);
    assert_eq!(lines.replace('\n', ""), document);
    assert_is_on_file("openapi.json", &lines);
}
