//! The write gate in front of every route.

use super::{Door, NOTIFICATIONS, SETTINGS, notification};
use crate::domain::mode::State;
use crate::policy::gate::REFUSAL;
use serde_json::json;

#[tokio::test]
async fn a_write_in_the_mode_is_refused_in_the_reference_s_words_before_anything_else() {
    let door = Door::open().await;
    door.turn(State::On).await;
    for (method, path) in [
        ("POST", "/anything"),
        ("PUT", "/api/v4/projects/1"),
        ("PATCH", "/api/v4/maintenance"),
        ("DELETE", SETTINGS),
        ("PURGE", "/"),
        ("PUT", "/api/v4/application%2Fsettings"),
        ("PUT", "//api/v4/application/settings"),
        ("PUT", "/api/v4/./application/settings"),
        ("PUT", "/api/v4/application/settings//"),
        ("PUT", "/api/v4/application/settings;x"),
    ] {
        for token in ["", &door.api] {
            let answer = door.ask(method, path, token, &[], "").await;
            assert_eq!(answer.status, 403, "{method} {path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let problem = answer.json();
            assert_eq!((&problem["message"], &problem["rule"]), (&json!(REFUSAL), &json!("read_only")), "{path}");
        }
    }
}

#[tokio::test]
async fn what_must_go_on_goes_on_in_the_mode() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let json = [("Content-Type", "application/json")];
    let body = notification("new_note", "ann@example.com").to_string();
    assert_eq!(door.ask("POST", NOTIFICATIONS, &door.api, &json, &body).await.status, 202);
    assert_eq!(door.post("/api/v4/queue/x/retry").await.status, 404);
    assert_eq!(door.get("/api/v4/queue").await.status, 200);
    assert_eq!(door.put("/api/v4/application/settings/?maintenance_mode=false").await.status, 200);
    assert_eq!(door.post("/anything").await.status, 404);
}

#[tokio::test]
async fn no_override_opens_the_gate() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let form = "application/x-www-form-urlencoded";
    for (name, value) in [
        ("X-HTTP-Method-Override", "GET"),
        ("X-HTTP-Method", "GET"),
        ("X-Method-Override", "GET"),
        ("X-Original-URL", SETTINGS),
        ("X-Rewrite-URL", SETTINGS),
    ] {
        let headers = [(name, value), ("Content-Type", form)];
        let answer = door.ask("POST", "/anything?_method=GET", &door.api, &headers, "_method=get").await;
        assert_eq!(answer.status, 403, "{name}");
    }
    // The header does not turn a read into a write either.
    let headers = [("X-HTTP-Method-Override", "PUT")];
    let read =
        door.ask("GET", "/api/v4/application/settings?maintenance_mode=false&_method=put", &door.api, &headers, "");
    assert_eq!(read.await.json()["maintenance_mode"], true);
}

#[tokio::test]
async fn off_means_off_even_when_another_process_turned_it() {
    let door = Door::open().await;
    door.put("/api/v4/application/settings?maintenance_mode=true").await;
    assert_eq!(door.post("/anything").await.status, 403);
    door.turn(State::Off).await;
    assert_eq!(door.post("/anything").await.status, 404);
    door.turn(State::On).await;
    assert_eq!(door.post("/anything").await.status, 403);
}

#[tokio::test]
async fn a_503_says_when_to_come_again() {
    let mut door = Door::open().await;
    door.parts.settings.write_block_status = 503;
    door.put("/api/v4/application/settings?maintenance_mode=true").await;
    let open_end = door.post("/anything").await;
    assert_eq!((open_end.status.as_u16(), open_end.header("retry-after")), (503, "300"));
    assert_eq!(open_end.json()["message"], REFUSAL);
    door.put("/api/v4/application/settings?maintenance_mode_until=2026-12-01T01:00:00Z").await;
    assert_eq!(door.post("/anything").await.header("retry-after"), "3600");
}
