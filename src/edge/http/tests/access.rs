//! Access to each route, and the headers that every response has.

use super::{Door, NOTIFICATIONS, SETTINGS};
use crate::clock::Clock;
use crate::domain::mode::State;
use crate::store::access::{AccessStore, Scope};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

const ID: &str = "019370a0-0000-7000-8000-000000000000";

/// Every route with its required scope, and the status for a caller that has it.
pub(super) fn routes() -> Vec<(&'static str, String, Scope, u16)> {
    let queue = |action: &str| format!("/api/v4/queue/{ID}/{action}");
    vec![
        ("GET", SETTINGS.into(), Scope::Api, 200),
        ("PUT", SETTINGS.into(), Scope::Api, 400),
        ("GET", "/api/v4/maintenance/history".into(), Scope::ReadApi, 200),
        ("GET", "/api/v4/maintenance/windows".into(), Scope::ReadApi, 200),
        ("POST", "/api/v4/maintenance/windows".into(), Scope::Api, 415),
        ("GET", format!("/api/v4/maintenance/windows/{ID}"), Scope::ReadApi, 404),
        ("DELETE", format!("/api/v4/maintenance/windows/{ID}"), Scope::Api, 404),
        ("GET", "/api/v4/background_jobs".into(), Scope::ReadApi, 200),
        ("PUT", "/api/v4/background_jobs/retention".into(), Scope::Api, 400),
        ("GET", "/api/v4/suppressed_mails/summary".into(), Scope::ReadApi, 200),
        ("GET", "/api/v4/incoming_mails/summary".into(), Scope::ReadApi, 200),
        ("GET", "/api/v4/suppressed_mails".into(), Scope::ReadApi, 200),
        ("GET", format!("/api/v4/suppressed_mails/{ID}"), Scope::ReadApi, 404),
        ("GET", "/api/v4/incoming_mails".into(), Scope::ReadApi, 200),
        ("GET", "/api/v4/incoming_mails/nonsense".into(), Scope::ReadApi, 404),
        ("GET", "/api/v4/queue".into(), Scope::ReadApi, 200),
        ("POST", queue("retry"), Scope::Api, 404),
        ("POST", queue("cancel"), Scope::Api, 404),
        ("POST", queue("release"), Scope::Api, 404),
        ("POST", NOTIFICATIONS.into(), Scope::Enqueue, 415),
        ("GET", format!("{NOTIFICATIONS}/{ID}"), Scope::Enqueue, 404),
        ("GET", "/api/v4/internal/deliverability".into(), Scope::Enqueue, 422),
    ]
}

#[tokio::test]
async fn every_route_opens_to_its_scope_and_to_no_other() {
    let door = Door::open().await;
    let mut tokens = Vec::new();
    for scope in Scope::ALL {
        tokens.push((*scope, door.token(scope.as_str(), *scope).await));
    }
    for (method, path, wanted, inside) in routes() {
        for (scope, token) in &tokens {
            let expected = if scope.covers(wanted) { inside } else { 403 };
            let answer = door.ask(method, &path, token, &[], "").await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path} with {scope}: {}", answer.text);
            let bearer = format!("bearer {token}");
            let by_bearer = door.ask(method, &path, "", &[("Authorization", &bearer)], "").await;
            assert_eq!(by_bearer.status.as_u16(), expected, "{method} {path} with {scope} as bearer");
        }
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_valid_token_in_a_header() {
    let door = Door::open().await;
    let revoked = door.token("old", Scope::Api).await;
    assert!(door.store.revoke_token("old".into(), door.clock.now()).await.unwrap());
    let valid = door.api.clone();
    let basic = format!("Basic {valid}");
    for (method, path, ..) in routes() {
        let with = |query: &str| format!("{path}?{query}={valid}");
        let queries = [with("private_token"), with("access_token"), with("token")];
        for path in queries.iter().chain([&path]) {
            let cookie = format!("token={valid}; _session={valid}");
            let headers: [&[(&str, &str)]; 6] = [
                &[],
                &[("PRIVATE-TOKEN", &revoked)],
                &[("PRIVATE-TOKEN", "")],
                &[("PRIVATE-TOKEN", "ptn_nonsense"), ("PRIVATE-TOKEN", &valid)],
                &[("Authorization", &basic)],
                &[("Cookie", &cookie)],
            ];
            for headers in headers {
                let answer = door.ask(method, path, "", headers, "").await;
                assert_eq!(answer.status, 401, "{method} {path} {headers:?}");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
                assert!(!answer.text.contains("ptn_"));
            }
        }
    }
}

#[tokio::test]
async fn a_problem_has_one_shape_wherever_it_comes_from() {
    let door = Door::open().await;
    let requests = [
        ("GET", "/nowhere", 404, "Not Found"),
        ("GET", "/api/v4/nowhere", 404, "Not Found"),
        ("GET", "/api/v4/suppressed_mails/%ff", 400, "Bad Request"),
        ("DELETE", SETTINGS, 405, "Method Not Allowed"),
        ("POST", NOTIFICATIONS, 415, "Unsupported Media Type"),
        ("GET", "/api/v4/queue?state=odd", 422, "Unprocessable Entity"),
    ];
    for (method, path, status, title) in requests {
        let headers = [("X-Request-Id", "my-request_7")];
        let answer = door.ask(method, path, &door.api, &headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("x-request-id"), "my-request_7");
        let problem = answer.json();
        assert_eq!((&problem["type"], &problem["title"]), (&json!("about:blank"), &json!(title)));
        assert_eq!((&problem["status"], &problem["request_id"]), (&json!(status), &json!("my-request_7")));
        assert!(problem["detail"].is_string() && problem["message"] == problem["detail"], "{problem}");
    }
    let allowed = door.ask("DELETE", SETTINGS, &door.api, &[], "").await;
    assert!(allowed.header("allow").contains("PUT"), "{}", allowed.header("allow"));
}

#[tokio::test]
async fn a_plain_request_id_comes_back_and_another_is_replaced() {
    let door = Door::open().await;
    let long = "x".repeat(65);
    for (given, is_kept) in
        [("abc-DEF_123", true), ("a b", false), ("a\"b", false), (long.as_str(), false), ("", false)]
    {
        let answer = door.ask("GET", "/", "", &[("X-Request-Id", given)], "").await;
        assert_eq!(answer.header("x-request-id") == given, is_kept, "{given}");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn answers_are_neither_sniffed_nor_kept_and_one_trailing_slash_is_tolerated() {
    let door = Door::open().await;
    for path in ["/", "/api/v4/queue", "/api/v4/queue/", "/api/v4/queue/?per_page=5", "/-/liveness"] {
        let answer = door.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(door.get("/api/v4/queue//").await.status, 404);
    assert_eq!(door.get("//api/v4/queue").await.status, 404);
}

#[tokio::test]
async fn without_a_store_the_mode_is_unknown_and_nothing_else_is_said() {
    let door = Door::open().await;
    door.store.close().await;
    for (method, path, ..) in routes() {
        let answer = door.ask(method, &path, &door.api, &[("Content-Type", "application/json")], "{}").await;
        assert_eq!(answer.status, 503, "{method} {path}");
        let problem = answer.json();
        assert_eq!((&problem["mode"], &problem["status"]), (&json!("unknown"), &json!(503)));
        assert!(!answer.text.contains("postern.db") && !answer.text.contains("sql"), "{}", answer.text);
    }
    assert_eq!(door.ask("GET", "/api/v4/maintenance", "", &[], "").await.json()["mode"], "unknown");
    assert_eq!(door.post("/anything").await.json()["mode"], "unknown");
    assert_eq!(door.get("/-/liveness").await.status, 200);
    let readiness = door.get("/-/readiness").await;
    assert_eq!((readiness.status.as_u16(), readiness.json()["mode"].clone()), (503, json!("unknown")));
    assert_eq!(door.get("/-/metrics").await.status, 200);
}

#[tokio::test]
async fn a_removed_store_takes_nothing_and_says_so() {
    let door = Door::open().await;
    std::fs::remove_file(door.folder.path().join("postern.db")).unwrap();
    let enqueued = door.enqueue(&super::notification("new_note", "ann@example.com")).await;
    assert_eq!((enqueued.status.as_u16(), enqueued.json()["mode"].clone()), (503, json!("unknown")));
    let changed = door.put("/api/v4/application/settings?maintenance_mode=true").await;
    assert_eq!((changed.status.as_u16(), changed.json()["mode"].clone()), (503, json!("unknown")));
}

#[tokio::test]
async fn a_panic_is_answered_like_any_other_defect() {
    let door = Door::open().await;
    let mut parts = door.parts.clone();
    parts.metrics = std::sync::Arc::new(|| panic!("on purpose"));
    let door = Door { parts, ..door };
    let answer = door.send(Request::get("/-/metrics").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.json()["status"].clone()), (500, json!(500)));
    assert!(!answer.text.contains("on purpose") && !answer.header("x-request-id").is_empty());
}

#[tokio::test]
async fn odd_request_targets_are_answered_like_others() {
    let door = Door::open().await;
    for (method, target, off, on) in [
        ("CONNECT", "example.com:80", 404, 403),
        ("OPTIONS", "*", 404, 404),
        ("GET", "http://example.com/", 200, 200),
        ("HEAD", "/api/v4/maintenance", 200, 200),
        ("PUT", "http://example.com/api/v4/application/settings", 400, 400),
        ("OPTIONS", "/api/v4/queue", 204, 204),
    ] {
        for (state, status) in [(State::Off, off), (State::On, on)] {
            door.turn(state).await;
            let answer = door.ask(method, target, &door.api, &[], "").await;
            assert_eq!(answer.status.as_u16(), status, "{method} {target} with the mode {state}");
        }
    }
}
