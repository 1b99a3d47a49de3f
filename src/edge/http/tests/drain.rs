//! Waiting for a maintenance to drain.

use super::Door;
use crate::clock::Clock;
use crate::domain::mode::State;
use crate::store::access::Scope;
use axum::http::StatusCode;

#[tokio::test]
async fn a_timeout_that_nobody_can_read_is_named_also_when_nothing_is_waited_for() {
    let door = Door::open().await;
    for query in ["timeout=soon", "timeout=601s", "wait=&timeout=-1"] {
        let answer = door.get(&format!("/api/v4/maintenance?{query}")).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &serde_json::json!("timeout")), "{query}");
        let anybody = door.ask("GET", &format!("/api/v4/maintenance?{query}"), "", &[], "").await;
        assert_eq!(anybody.status, 422, "{query}");
    }
    assert_eq!(door.get("/api/v4/maintenance?timeout=5m").await.status, 200);
}

#[tokio::test]
async fn a_drained_maintenance_answers_at_once_with_version_and_time() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let answer = door.get("/api/v4/maintenance?wait=drained&timeout=5s").await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert_eq!((&json["drained"], &json["empty"], &json["version"]), (&true.into(), &true.into(), &2.into()));
    assert_eq!(json["drained_at"], crate::domain::six_digits::text(door.clock.now()));
    assert_eq!(door.get("/api/v4/maintenance/history").await.json()[0]["drained_at"], json["drained_at"]);
}

#[tokio::test]
async fn what_is_not_so_in_time_is_409_with_what_is_left() {
    let door = Door::open().await;
    door.enqueue(&super::notification("new_note", "ann@example.com")).await;
    door.turn(State::On).await;
    let answer = door.get("/api/v4/maintenance?wait=empty&timeout=0s").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!((&answer.json()["empty"], &answer.json()["pending"]["queued"]), (&false.into(), &1.into()));
}

#[tokio::test]
async fn while_the_mode_is_off_a_wait_ends_at_once_and_drained_and_empty_are_null() {
    let door = Door::open().await;
    let json = door.get("/api/v4/maintenance").await.json();
    assert_eq!((&json["drained"], &json["empty"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    for goal in ["drained", "empty"] {
        let asked = format!("/api/v4/maintenance?wait={goal}&timeout=10m");
        let answer = tokio::time::timeout(std::time::Duration::from_secs(60), door.get(&asked)).await.unwrap();
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text.contains("Maintenance Mode is off"), "{}", answer.text);
        assert_eq!(answer.json()["mode"], "off");
    }
}

#[tokio::test]
async fn waiting_needs_a_token_that_reads_and_words_that_are_known() {
    let door = Door::open().await;
    assert_eq!(door.ask("GET", "/api/v4/maintenance?wait=drained", "", &[], "").await.status, StatusCode::UNAUTHORIZED);
    let enqueue = door.token("app", Scope::Enqueue).await;
    assert_eq!(
        door.ask("GET", "/api/v4/maintenance?wait=empty", &enqueue, &[], "").await.status,
        StatusCode::FORBIDDEN
    );
    for query in ["wait=soon", "wait=drained&timeout=never", "wait=drained&timeout=601s"] {
        let answer = door.get(&format!("/api/v4/maintenance?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}
