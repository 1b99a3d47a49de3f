//! Methods and headers that change how a request is handled: OPTIONS, CORS, tags, encodings.

use super::access::routes;
use super::{Door, NOTIFICATIONS, SETTINGS, notification};
use crate::domain::mode::State;

const BANNER: &str = "/api/v4/maintenance/banner";

#[tokio::test]
async fn options_tells_the_methods_of_each_route_also_in_the_mode() {
    let door = Door::open().await;
    for state in [State::Off, State::On] {
        door.turn(state).await;
        for (method, path, ..) in routes() {
            let answer = door.ask("OPTIONS", &path, "", &[], "").await;
            let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""), "{path}");
            assert!(allowed.contains(&method) && allowed.contains(&"OPTIONS"), "{path}: {allowed:?}");
        }
        assert_eq!(door.ask("OPTIONS", "/admin/queues", "", &[], "").await.status, 204);
        assert_eq!(door.ask("OPTIONS", "/api/v4/nothing", "", &[], "").await.status, 404);
        assert_eq!(
            door.ask("TRACE", BANNER, &door.api, &[], "").await.status,
            if state == State::On { 403 } else { 405 }
        );
    }
}

#[tokio::test]
async fn scripts_of_any_site_may_read_the_banner_and_nothing_else() {
    let door = Door::open().await;
    let origin = ("Origin", "https://forge.example.com");
    for (headers, status) in [(vec![origin], 200), (vec![origin, ("If-None-Match", "\"1\"")], 304)] {
        let answer = door.ask("GET", BANNER, "", &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (status, "*"));
        assert_eq!(answer.header("access-control-expose-headers"), "ETag");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let asked = [origin, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "if-none-match")];
    let preflight = door.ask("OPTIONS", BANNER, "", &asked, "").await;
    assert_eq!((preflight.status.as_u16(), preflight.header("access-control-allow-origin")), (204, "*"));
    assert!(preflight.header("access-control-allow-methods").contains("GET"));
    assert_eq!(preflight.header("access-control-allow-headers"), "If-None-Match");
    for path in ["/api/v4/maintenance", SETTINGS] {
        for method in ["GET", "OPTIONS"] {
            assert_eq!(door.ask(method, path, &door.api, &asked, "").await.header("access-control-allow-origin"), "");
        }
    }
}

#[tokio::test]
async fn the_tag_of_the_detailed_mode_is_never_that_of_the_mode_alone() {
    let door = Door::open().await;
    let alone = door.ask("GET", "/api/v4/maintenance", "", &[], "").await;
    let detailed = door.get("/api/v4/maintenance").await;
    assert_eq!((alone.header("etag"), detailed.header("etag")), ("\"1\"", "W/\"1-whole\""));
    let kept = [("If-None-Match", detailed.header("etag"))];
    assert_eq!(door.ask("GET", "/api/v4/maintenance", "", &kept, "").await.status, 200);
    let weak = [("If-None-Match", "W/\"1\"")];
    assert_eq!(door.ask("GET", "/api/v4/maintenance", "", &weak, "").await.status, 304);
    for tag in ["W/\"1\"", "W/\"1-whole\""] {
        let path = format!("{SETTINGS}?maintenance_mode=true");
        assert_eq!(door.ask("PUT", &path, &door.api, &[("If-Match", tag)], "").await.status, 412, "{tag}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_415_on_every_route_that_reads_one() {
    let door = Door::open().await;
    let json = ("Content-Type", "application/json");
    for (method, path, kind) in [
        ("PUT", SETTINGS, json),
        ("POST", "/api/v4/maintenance/windows", json),
        ("PUT", "/api/v4/background_jobs/retention", json),
        ("POST", NOTIFICATIONS, json),
        ("POST", NOTIFICATIONS, ("Content-Type", "application/x-ndjson")),
        ("POST", "/users/sign_in", ("Content-Type", "application/x-www-form-urlencoded")),
    ] {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let answer = door.ask(method, path, &door.api, &[kind, ("Content-Encoding", encoding)], "{}").await;
            assert_eq!(answer.status, 415, "{method} {path} {encoding}: {}", answer.text);
        }
    }
    let plain = [json, ("Content-Encoding", "identity")];
    let body = notification("new_note", "ann@example.com").to_string();
    assert_eq!(door.ask("POST", NOTIFICATIONS, &door.api, &plain, &body).await.status, 202);
}

#[tokio::test]
async fn an_empty_idempotency_key_is_named() {
    let door = Door::open().await;
    let body = notification("new_note", "ann@example.com").to_string();
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", "")];
    let answer = door.ask("POST", NOTIFICATIONS, &door.api, &headers, &body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &"idempotency_key".into()));
    let mut with_member = notification("new_note", "ann@example.com");
    with_member["idempotency_key"] = "".into();
    assert_eq!(door.enqueue(&with_member).await.status, 422);
}
