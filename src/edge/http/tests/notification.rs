//! Enqueueing over HTTP.

use super::{Door, NOTIFICATIONS, notification, outgoing};
use crate::domain::mode::State;
use crate::flag::watch::Watch;
use crate::outbound::enqueue::Enqueuer;
use crate::store::Store;
use crate::store::access::Scope;
use crate::store::sqlite::{Existing, SqliteStore};
use serde_json::{Value, json};
use std::sync::Arc;

const NDJSON: (&str, &str) = ("Content-Type", "application/x-ndjson");
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A store that has been closed.
async fn closed(folder: &std::path::Path) -> Arc<dyn Store> {
    let store = SqliteStore::open(&folder.join("other.db"), Existing::CreateIfMissing).await.unwrap();
    store.close().await;
    Arc::new(store)
}

#[tokio::test]
async fn one_is_answered_with_its_deliveries_and_its_owner_alone_sees_it_again() {
    let door = Door::open().await;
    let (mine, other) = (door.token("mine", Scope::Enqueue).await, door.token("other", Scope::Enqueue).await);
    let body = json!({"kind": "note_email", "to": ["Ann <ann@example.com>"], "cc": ["bob@example.com"],
        "subject": "Hello", "text": "x", "reference": "note/7"});
    let answer = door.ask("POST", NOTIFICATIONS, &mine, &[JSON], &body.to_string()).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let accepted = answer.json();
    assert_eq!((&accepted["state"], &accepted["reference"]), (&json!("queued"), &json!("note/7")));
    assert_eq!(accepted["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(answer.header("idempotency-replayed"), "");
    let path = format!("{NOTIFICATIONS}/{}", accepted["id"].as_str().unwrap());
    for (token, status) in [(&mine, 200), (&door.api, 200), (&other, 404)] {
        assert_eq!(door.ask("GET", &path, token, &[], "").await.status.as_u16(), status);
    }
    let record = door.ask("GET", &path, &mine, &[], "").await.json();
    assert_eq!((&record["kind"], &record["deliveries"][0]["attempts"]), (&json!("new_note"), &json!([])));
    assert_eq!(record["deliveries"][0]["recipient"], "ann@example.com");
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_member() {
    let door = Door::open().await;
    for (body, field) in [
        ("", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("{} {}", "kind"),
        (r#"{"kind": "new_note", "to": [], "text": "x", "subject": "y"}"#, "to"),
        (r#"{"kind": "new_note", "to": ["nonsense"], "text": "x", "subject": "y"}"#, "to[0]"),
        (r#"{"kind": "new_note", "to": ["a@b"], "subject": "y"}"#, "text"),
        (r#"{"kind": "new_note", "to": ["a@b"], "text": "x", "subject": "y", "colour": 1}"#, "colour"),
        (r#"{"kind": 5}"#, "kind"),
    ] {
        let answer = door.ask("POST", NOTIFICATIONS, &door.api, &[JSON], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].clone()), (422, json!(field)), "{body}");
    }
    for other in ["", "text/plain", "application/jsonx", "multipart/form-data"] {
        let answer = door.ask("POST", NOTIFICATIONS, &door.api, &[("Content-Type", other)], "{}").await;
        assert_eq!(answer.status, 415, "{other}");
    }
}

#[tokio::test]
async fn what_is_no_object_is_refused_in_words_of_the_application() {
    let door = Door::open().await;
    for body in [json!([]), json!(["new_note", ["ann@example.com"]]), json!("x"), json!(7), json!(null)] {
        let answer = door.enqueue(&body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &json!("body")), "{body}");
        assert!(answer.text.contains("is no JSON object: write one for a notification"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_same_key_and_bytes_are_answered_once_and_other_bytes_not_at_all() {
    let door = Door::open().await;
    let body = notification("new_note", "ann@example.com").to_string();
    let keyed = [JSON, ("Idempotency-Key", "k-1")];
    let first = door.ask("POST", NOTIFICATIONS, &door.api, &keyed, &body).await;
    let again = door.ask("POST", NOTIFICATIONS, &door.api, &keyed, &body).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (202, 202));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(first.json(), again.json());
    let reused = door.ask("POST", NOTIFICATIONS, &door.api, &keyed, &format!("{body} ")).await;
    assert_eq!((reused.status.as_u16(), reused.json()["field"].clone()), (422, json!("idempotency_key")));
    let other = door.token("other", Scope::Enqueue).await;
    let theirs = door.ask("POST", NOTIFICATIONS, &other, &keyed, &body).await;
    assert_ne!(theirs.json()["id"], first.json()["id"]);
    assert_eq!(door.get("/api/v4/queue").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn many_are_answered_line_by_line_each_on_its_own() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let good = notification("new_note", "ann@example.com");
    let kept_back = notification("prometheus_alert_fired", "ann@example.com");
    let keyed = json!({"kind": "new_note", "to": ["a@b"], "subject": "s", "text": "t", "idempotency_key": "k"});
    let reused = json!({"kind": "new_note", "to": ["a@b"], "subject": "other", "text": "t", "idempotency_key": "k"});
    let body = format!(
        "{good}\n\n{{broken\r\n{kept_back}\n{{\"kind\":\"new_note\"}}\n{keyed}\n{keyed}\n{reused}\n\u{1}\n{good}"
    );
    let answer = door.ask("POST", NOTIFICATIONS, &door.api, &[NDJSON, ("X-Request-Id", "r-1")], &body).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (202, "application/x-ndjson"));
    let lines = answer.lines();
    let word = |line: &Value| line.get("state").or(line.get("field")).cloned().unwrap_or_default();
    let words: Vec<Value> = lines.iter().map(word).collect();
    assert_eq!(words, ["queued", "body", "suppressed", "to", "queued", "queued", "idempotency_key", "body", "queued"]);
    assert_eq!(lines[4]["id"], lines[5]["id"]);
    assert_eq!((&lines[1]["status"], &lines[1]["request_id"]), (&json!(422), &json!("r-1")));
    assert_eq!(door.get("/api/v4/queue").await.json().as_array().unwrap().len(), 3);
    let key = [NDJSON, ("Idempotency-Key", "k")];
    assert_eq!(door.ask("POST", NOTIFICATIONS, &door.api, &key, "").await.status, 422);
}

#[tokio::test]
async fn many_more_than_a_group_come_back_in_order() {
    let door = Door::open().await;
    let line = |place: usize| {
        let mut one = notification("new_note", &format!("p{place}@example.com"));
        one["reference"] = json!(place.to_string());
        one.to_string() + "\n"
    };
    let body: String = (0..450).map(line).collect();
    let lines = door.ask("POST", NOTIFICATIONS, &door.api, &[NDJSON], &body).await.lines();
    let references: Vec<_> = lines.iter().map(|line| line["reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(references, (0..450).map(|place| place.to_string()).collect::<Vec<_>>());
    assert_eq!(door.get("/api/v4/maintenance").await.json()["pending"]["queued"], 450);
}

#[tokio::test]
async fn lines_that_cannot_be_kept_say_that_the_mode_is_unknown() {
    let mut door = Door::open().await;
    let parts = &mut door.parts;
    let (away, clock, wake) =
        (closed(door.folder.path()).await, Arc::clone(&parts.clock), Arc::clone(&parts.wake_deliveries));
    parts.enqueuer = Enqueuer::new(away, Arc::new(outgoing()), clock, wake);
    let body = notification("new_note", "ann@example.com").to_string() + "\n{\n";
    let lines = door.ask("POST", NOTIFICATIONS, &door.api, &[NDJSON], &body).await.lines();
    assert_eq!((&lines[0]["status"], &lines[0]["mode"]), (&json!(503), &json!("unknown")));
    assert_eq!(lines[1]["status"], 422);
}

#[tokio::test]
async fn more_recipients_than_a_notification_reaches_are_refused_before_they_are_read() {
    let door = Door::open().await;
    let many: Vec<String> = (0..80_000).map(|place| format!("no address {place}")).collect();
    let mut body = notification("new_note", "ann@example.com");
    body["to"] = json!(many);
    let refused = door.enqueue(&body).await.json();
    assert_eq!((&refused["status"], &refused["field"]), (&json!(422), &json!("to")));
    assert!(refused["detail"].as_str().unwrap().starts_with("to: more than 10000 entries: give fewer"), "{refused}");
    body["to"] = json!(many[..5_000]);
    assert_eq!(door.enqueue(&body).await.json()["detail"], "to: 5000 recipients, at most 100: enqueue it in parts");
    body["to"] = json!((0..101).map(|place| format!("ann{place}@example.com")).collect::<Vec<_>>());
    assert_eq!(door.enqueue(&body).await.json()["detail"], "to: 101 recipients, at most 100: enqueue it in parts");
    body["to"] = json!(vec!["Ann <ann@example.com>"; 150]);
    body["cc"] = json!(["bob@example.com", "ann@example.com"]);
    let kept = door.enqueue(&body).await.json();
    let to: Vec<_> =
        kept["deliveries"].as_array().unwrap().iter().map(|one| one["recipient"].as_str().unwrap()).collect();
    assert_eq!(to, ["ann@example.com", "bob@example.com"], "each once, in order");
}

#[tokio::test]
async fn a_message_id_that_is_none_is_refused_by_its_member() {
    let door = Door::open().await;
    for (member, value) in [("message_id", json!("note 1")), ("in_reply_to", json!("<>")), ("references", json!(["x"]))]
    {
        let mut body = notification("new_note", "ann@example.com");
        body[member] = value;
        let refused = door.enqueue(&body).await.json();
        assert_eq!((&refused["status"], &refused["field"]), (&json!(422), &json!(member)), "{refused}");
    }
}

#[tokio::test]
async fn an_application_can_ask_whether_a_kind_goes_out_now() {
    let door = Door::open().await;
    let ask = async |kind: &str| door.get(&format!("/api/v4/internal/deliverability?kind={kind}")).await.json();
    assert_eq!(
        ask("reset_password_instructions").await,
        json!({"kind": "reset_password_instructions", "class": "write_dependent", "send": true})
    );
    door.put("/api/v4/application/settings?maintenance_mode=true&maintenance_mode_message=Back&maintenance_mode_until=2026-12-01T04:00:00Z").await;
    assert_eq!(
        ask("reset_password_instructions").await,
        json!({"kind": "reset_password_instructions", "class": "write_dependent", "send": false,
            "reason": "maintenance", "message": "Back", "until": "2026-12-01T04:00:00.000000Z"})
    );
    assert_eq!(ask("note_email").await, json!({"kind": "new_note", "class": "ordinary", "send": true}));
    assert_eq!(
        ask("odd").await,
        json!({"kind": "odd", "class": "unclassified", "send": false, "reason": "maintenance", "message": "Back",
            "until": "2026-12-01T04:00:00.000000Z"})
    );
    let refused = ask("two%20words").await;
    assert_eq!((&refused["status"], &refused["field"]), (&json!(422), &json!("kind")));
    let enqueued = door.enqueue(&notification("two words", "ann@example.com")).await.json();
    assert_eq!(enqueued["detail"], refused["detail"], "both name the rule");
    assert!(refused["detail"].as_str().unwrap().ends_with("any of _ - . : # /"), "{refused}");
    assert_eq!(ask("").await["field"], "kind");
}

#[tokio::test]
async fn a_mode_that_is_not_known_sends_nothing() {
    let mut door = Door::open().await;
    let away = closed(door.folder.path()).await;
    door.parts.watch = Arc::new(Watch::new(away, Arc::clone(&door.parts.clock)));
    let answer = door.get("/api/v4/internal/deliverability?kind=new_note").await.json();
    assert_eq!(answer, json!({"kind": "new_note", "class": "ordinary", "send": false, "reason": "mode_unknown"}));
}
