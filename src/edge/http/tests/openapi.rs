//! Compares the API description with what it describes: the same routes, scopes and members.

use super::access;
use super::{Door, NOTIFICATIONS, SETTINGS, notification};
use crate::domain::mode::State;
use crate::outbound::request::EnqueueRequest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OPENAPI: &str = "/api/v4/openapi.json";

/// The routes that docs/reference.md promises, with the required scope of each; `-` for none.
const ROUTES: &[(&str, &str, &str)] = &[
    ("get", "/-/liveness", "-"),
    ("get", "/-/metrics", "-"),
    ("get", "/-/readiness", "-"),
    ("get", "/api/v4/application/settings", "api"),
    ("put", "/api/v4/application/settings", "api"),
    ("get", "/api/v4/background_jobs", "read_api"),
    ("put", "/api/v4/background_jobs/{name}", "api"),
    ("get", "/api/v4/incoming_mails", "read_api"),
    ("get", "/api/v4/incoming_mails/summary", "read_api"),
    ("get", "/api/v4/incoming_mails/{id}", "read_api"),
    ("get", "/api/v4/internal/deliverability", "enqueue"),
    ("post", "/api/v4/internal/notifications", "enqueue"),
    ("get", "/api/v4/internal/notifications/{id}", "enqueue"),
    ("get", "/api/v4/maintenance", "- read_api"),
    ("get", "/api/v4/maintenance/banner", "-"),
    ("get", "/api/v4/maintenance/history", "read_api"),
    ("get", "/api/v4/maintenance/events", "read_api"),
    ("get", "/api/v4/maintenance/windows", "read_api"),
    ("post", "/api/v4/maintenance/windows", "api"),
    ("get", "/api/v4/maintenance/windows/{id}", "read_api"),
    ("delete", "/api/v4/maintenance/windows/{id}", "api"),
    ("get", OPENAPI, "-"),
    ("get", "/api/v4/queue", "read_api"),
    ("post", "/api/v4/queue/{id}/cancel", "api"),
    ("post", "/api/v4/queue/{id}/release", "api"),
    ("post", "/api/v4/queue/{id}/retry", "api"),
    ("get", "/api/v4/suppressed_mails", "read_api"),
    ("get", "/api/v4/suppressed_mails/summary", "read_api"),
    ("get", "/api/v4/suppressed_mails/{id}", "read_api"),
];

async fn document(door: &Door) -> Value {
    let answer = door.ask("GET", OPENAPI, "", &[], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    answer.json()
}

/// Every operation with its method and path.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, one)| (method.as_str(), path.as_str(), one))
        })
        .collect()
}

/// The scopes of an operation's token; `-` if it needs none.
fn scope(operation: &Value) -> String {
    let one = |requirement: &Value| {
        let schemes = requirement.as_object().unwrap();
        schemes.values().next().map_or("-".to_owned(), |scopes| scopes[0].as_str().unwrap().to_owned())
    };
    let mut scopes: Vec<String> = operation["security"].as_array().expect("security").iter().map(one).collect();
    scopes.dedup();
    scopes.join(" ")
}

#[tokio::test]
async fn the_document_describes_the_promised_routes_and_no_other() {
    let door = Door::open().await;
    let document = document(&door).await;
    let described: BTreeSet<String> = operations(&document)
        .iter()
        .map(|(method, path, operation)| format!("{method} {path} {}", scope(operation)))
        .collect();
    let promised: BTreeSet<String> =
        ROUTES.iter().map(|(method, path, scope)| format!("{method} {path} {scope}")).collect();
    assert_eq!(described, promised);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["servers"][0]["url"], "https://forge.example.com/postern");
}

#[tokio::test]
async fn a_described_scope_is_the_one_that_opens_the_route() {
    let door = Door::open().await;
    let document = document(&door).await;
    let mut left: BTreeSet<String> =
        operations(&document).iter().map(|(.., one)| one["operationId"].to_string()).collect();
    for (method, path, wanted, _) in access::routes() {
        let segments: Vec<&str> = path.split('/').collect();
        let is_it = |template: &str| {
            let template: Vec<&str> = template.split('/').collect();
            let same = |(there, here): (&&str, &&str)| there == here || there.starts_with('{');
            template.len() == segments.len() && template.iter().zip(&segments).all(same)
        };
        let operations = operations(&document);
        let found = operations
            .iter()
            .filter(|(described, template, _)| described.eq_ignore_ascii_case(method) && is_it(template));
        // The router prefers the template with the fewest placeholders.
        let (.., operation) =
            found.min_by_key(|(_, template, _)| template.matches('{').count()).expect("a description");
        assert_eq!(scope(operation), wanted.as_str(), "{method} {path}");
        left.remove(&operation["operationId"].to_string());
    }
    // Routes without a scope check, and a stream, which has its own test.
    let known = [
        "follow_maintenance",
        "liveness",
        "metrics",
        "readiness",
        "show_maintenance",
        "show_maintenance_banner",
        "show_openapi",
    ];
    assert_eq!(left.into_iter().collect::<Vec<_>>(), known.map(|name| format!("{name:?}")));
}

/// Every `$ref` below `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_document_holds_together() {
    let door = Door::open().await;
    let document = document(&door).await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags: BTreeSet<String> = document["tags"].as_array().unwrap().iter().map(|tag| text(&tag["name"])).collect();
    let used: BTreeSet<String> = operations(&document).iter().map(|(.., one)| text(&one["tags"][0])).collect();
    assert_eq!(tags, used);
    let names: BTreeSet<String> = operations(&document).iter().map(|(.., one)| text(&one["operationId"])).collect();
    assert_eq!(names.len(), operations(&document).len());
    for (method, path, operation) in operations(&document) {
        assert!(
            operation["summary"].as_str().is_some_and(|text| text.len() > 5),
            "{method} {path} says nothing of itself"
        );
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let place = answer["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
            let answer = place.map_or(answer, |place| document.pointer(place).unwrap());
            let is_problem = answer["content"].get("application/problem+json").is_some();
            assert_eq!(is_problem, status == "300" || status.as_str() >= "400", "{method} {path} {status}");
            assert!(answer["headers"].get("X-Request-Id").is_some(), "{method} {path} {status}");
        }
    }
}

/// The members of a schema, with `allOf` merged: all members, and those that are always present.
fn members(document: &Value, schema: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return members(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let (mut all, mut always) = (BTreeSet::new(), BTreeSet::new());
    all.extend(schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys().cloned()));
    let required = schema["required"].as_array().into_iter().flatten();
    always.extend(required.map(|name| name.as_str().unwrap().to_owned()));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, more_always) = members(document, part);
        all.extend(more);
        always.extend(more_always);
    }
    (all, always)
}

/// Asserts that `value` has exactly the members of the schema called `name`.
fn assert_fits(document: &Value, name: &str, value: &Value) {
    let (all, always) = members(document, &document["components"]["schemas"][name]);
    let has: BTreeSet<String> =
        value.as_object().unwrap_or_else(|| panic!("{name}: {value}")).keys().cloned().collect();
    assert!(!all.is_empty(), "there is no schema {name}");
    assert!(has.is_subset(&all) && always.is_subset(&has), "{name} has {all:?}, always {always:?}; it is {value}");
}

#[tokio::test]
async fn every_answer_has_the_members_that_its_schema_says() {
    let door = Door::open().await;
    let document = document(&door).await;
    let fits = |name: &str, value: &Value| assert_fits(&document, name, value);
    door.turn(State::On).await;
    let enqueued = door.enqueue(&notification("prometheus_alert_fired", "ann@example.com")).await.json();
    fits("EnqueueAnswer", &enqueued);
    fits("AcceptedDelivery", &enqueued["deliveries"][0]);
    let record = door.get(&format!("{NOTIFICATIONS}/{}", enqueued["id"].as_str().unwrap())).await.json();
    fits("NotificationRecord", &record);
    fits("DeliveryRecord", &record["deliveries"][0]);
    fits("SuppressedMail", &door.get("/api/v4/suppressed_mails").await.json()[0]);
    door.turn(State::Off).await;
    door.receive("incoming+secret@forge.example.com", "incoming+…@forge.example.com", "one").await;
    fits("IncomingMail", &door.get("/api/v4/incoming_mails").await.json()[0]);
    fits("QueueItem", &door.get("/api/v4/queue").await.json()[0]);
    let change = door.get("/api/v4/maintenance/history").await.json()[0].clone();
    fits("Change", &change);
    fits("Mode", &change["from"]);
    fits("Mode", &door.ask("GET", "/api/v4/maintenance", "", &[], "").await.json());
    fits("Mode", &door.ask("GET", "/api/v4/maintenance/banner", "", &[], "").await.json());
    let whole = door.get("/api/v4/maintenance").await.json();
    fits("ModeWithPending", &whole);
    fits("Pending", &whole["pending"]);
    fits("NotYet", &door.get("/api/v4/maintenance?wait=drained&timeout=0s").await.json());
    fits("Settings", &door.get(SETTINGS).await.json());
    fits(
        "Moved",
        &door
            .ask("PUT", &format!("{SETTINGS}?maintenance_mode=1"), &door.api, &[("If-Match", "\"99\"")], "")
            .await
            .json(),
    );
    fits("Deliverability", &door.get("/api/v4/internal/deliverability?kind=new_note").await.json());
    fits("Alive", &door.get("/-/liveness").await.json());
    let ready = door.get("/-/readiness").await.json();
    fits("Ready", &ready);
    fits("Failed", &ready["failed"]);
    for path in ["/nowhere", "/api/v4/suppressed_mails?class=odd", "/api/v4/suppressed_mails/x"] {
        fits("Problem", &door.get(path).await.json());
    }
}

#[tokio::test]
async fn every_count_has_the_members_that_its_schema_says() {
    let door = Door::open().await;
    let document = document(&door).await;
    door.turn(State::On).await;
    door.enqueue(&notification("prometheus_alert_fired", "ann@example.com")).await;
    door.receive("incoming+secret@forge.example.com", "incoming+…@forge.example.com", "one").await;
    let summary = door.get("/api/v4/suppressed_mails/summary").await.json();
    assert_fits(&document, "SuppressedSummary", &summary);
    for (list, name) in [
        ("by_kind", "KindCount"),
        ("by_class", "ClassCount"),
        ("by_mode_version", "VersionCount"),
        ("by_hour", "HourCount"),
    ] {
        assert_fits(&document, name, &summary[list][0]);
    }
    let summary = door.get("/api/v4/incoming_mails/summary").await.json();
    assert_fits(&document, "IncomingSummary", &summary);
    for (list, name) in [("by_intent", "IntentCount"), ("by_verdict", "VerdictCount"), ("by_state", "StateCount")] {
        assert_fits(&document, name, &summary[list][0]);
    }
}

#[tokio::test]
async fn jobs_and_windows_have_the_members_that_their_schemas_say() {
    let door = Door::open().await;
    let document = document(&door).await;
    assert_fits(&document, "BackgroundJob", &door.get("/api/v4/background_jobs").await.json()[0]);
    let json = [("Content-Type", "application/json")];
    let wish = r#"{"starts_at": "2027-01-01T00:00Z", "duration": "2h"}"#;
    let window = door.ask("POST", "/api/v4/maintenance/windows", &door.api, &json, wish).await.json();
    assert_fits(&document, "ScheduledWindow", &window);
    assert_fits(
        &document,
        "Problem",
        &door.ask("POST", "/api/v4/maintenance/windows", &door.api, &json, wish).await.json(),
    );
    let place = format!("/api/v4/maintenance/windows/{}", window["id"].as_str().unwrap());
    assert_fits(&document, "CancelledWindow", &door.ask("DELETE", &place, &door.api, &[], "").await.json());
}

#[tokio::test]
async fn a_request_to_enqueue_is_described_member_by_member() {
    let door = Door::open().await;
    let document = document(&door).await;
    let schema = |name: &str| members(&document, &document["components"]["schemas"][name]);
    let ((composed, composed_always), (raw, raw_always)) = (schema("ComposedRequest"), schema("RawRequest"));
    // The parser's error lists the members that it knows.
    let error = serde_json::from_value::<EnqueueRequest>(json!({"nonsense": 1})).unwrap_err().to_string();
    let known: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(composed.union(&raw).cloned().collect::<BTreeSet<_>>(), known, "{error}");
    assert_eq!(composed_always.into_iter().collect::<Vec<_>>(), ["kind", "subject"]);
    assert_eq!(raw_always.into_iter().collect::<Vec<_>>(), ["kind", "raw"]);
}

#[tokio::test]
async fn the_examples_of_enqueueing_are_taken_as_they_stand() {
    let door = Door::open().await;
    let document = document(&door).await;
    let content = &document["paths"][NOTIFICATIONS]["post"]["requestBody"]["content"];
    let examples = content["application/json"]["examples"].as_object().unwrap();
    assert_eq!(examples.len(), 3);
    for (name, example) in examples {
        let answer = door.enqueue(&example["value"]).await;
        assert_eq!(answer.status, 202, "{name}: {}", answer.text);
    }
    let lines = content["application/x-ndjson"]["example"].as_str().unwrap();
    let ndjson = [("Content-Type", "application/x-ndjson")];
    let answers = door.ask("POST", NOTIFICATIONS, &door.api, &ndjson, lines).await.lines();
    assert_eq!(answers.iter().map(|answer| &answer["state"]).collect::<Vec<_>>(), ["queued", "queued"]);
}
