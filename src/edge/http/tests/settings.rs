//! Turning the mode on and off with GitLab's own route.

use super::{Door, SETTINGS};
use serde_json::json;

#[tokio::test]
async fn the_reference_s_own_line_turns_the_mode_on_and_off() {
    let door = Door::open().await;
    let on = door.put("/api/v4/application/settings?maintenance_mode=true").await;
    assert_eq!(on.status, 200);
    let expected = json!({
        "maintenance_mode": true, "maintenance_mode_message": null, "maintenance_mode_until": null,
        "maintenance_mode_version": 2,
    });
    assert_eq!((on.json(), on.header("etag")), (expected, "\"2\""));
    let off = door.put("/api/v4/application/settings?maintenance_mode=false").await;
    assert_eq!((off.json()["maintenance_mode"].clone(), off.header("etag")), (json!(false), "\"3\""));
    assert_eq!(door.get(SETTINGS).await.json(), off.json());
    let history = door.get("/api/v4/maintenance/history").await.json();
    assert_eq!((&history[0]["changed_by"], &history[0]["how"]), (&json!("root"), &json!("api")));
    assert_eq!((&history[0]["from"]["mode"], &history[0]["to"]["mode"]), (&json!("on"), &json!("off")));
}

#[tokio::test]
async fn form_and_json_say_the_same_as_the_query() {
    let door = Door::open().await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let text =
        "maintenance_mode=1&maintenance_mode_message=Back+soon&maintenance_mode_until=2026-12-01T04:00:00%2B01:00";
    let on = door.ask("PUT", SETTINGS, &door.api, &form, text).await.json();
    assert_eq!((&on["maintenance_mode"], &on["maintenance_mode_message"]), (&json!(true), &json!("Back soon")));
    assert_eq!(on["maintenance_mode_until"], "2026-12-01T03:00:00.000000Z");
    let typed = [("Content-Type", "application/json; charset=utf-8")];
    for text in [r#"{"maintenance_mode": false}"#, r#"{"maintenance_mode": "0", "something": [1]}"#] {
        let off = door.ask("PUT", SETTINGS, &door.api, &typed, text).await.json();
        assert_eq!((&off["maintenance_mode"], &off["maintenance_mode_version"]), (&json!(false), &json!(3)), "{text}");
    }
    for text in [r#"{"maintenance_mode": 1}"#, r#"{"maintenance_mode": true}"#] {
        let on = door.ask("PUT", SETTINGS, &door.api, &typed, text).await.json();
        assert_eq!((&on["maintenance_mode"], &on["maintenance_mode_version"]), (&json!(true), &json!(4)), "{text}");
    }
}

#[tokio::test]
async fn query_and_body_together_are_taken_unless_they_differ() {
    let door = Door::open().await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let query = "/api/v4/application/settings?maintenance_mode=true";
    let both = door.ask("PUT", query, &door.api, &form, "maintenance_mode=1&maintenance_mode_message=x").await;
    assert_eq!((both.status.as_u16(), both.json()["maintenance_mode_message"].clone()), (200, json!("x")));
    let differing = door.ask("PUT", query, &door.api, &form, "maintenance_mode=false").await;
    assert_eq!((differing.status.as_u16(), differing.json()["field"].clone()), (422, json!("maintenance_mode")));
    let typed = [("Content-Type", "application/json")];
    let twice = r#"{"maintenance_mode": true, "maintenance_mode": false}"#;
    assert_eq!(door.ask("PUT", SETTINGS, &door.api, &typed, twice).await.status, 422);
}

#[tokio::test]
async fn an_empty_message_or_end_takes_it_away() {
    let door = Door::open().await;
    let typed = [("Content-Type", "application/json")];
    let set = "/api/v4/application/settings?maintenance_mode_message=x&maintenance_mode_until=2026-12-02T00:00:00Z";
    for (path, body) in [
        ("/api/v4/application/settings?maintenance_mode_message=&maintenance_mode_until=", ""),
        (SETTINGS, r#"{"maintenance_mode_message": null, "maintenance_mode_until": null}"#),
        (SETTINGS, r#"{"maintenance_mode_message": "  ", "maintenance_mode_until": ""}"#),
    ] {
        assert_eq!(door.put(set).await.json()["maintenance_mode_message"], "x");
        let row = door.ask("PUT", path, &door.api, &typed, body).await.json();
        assert_eq!((&row["maintenance_mode_message"], &row["maintenance_mode_until"]), (&json!(null), &json!(null)));
    }
}

#[tokio::test]
async fn no_change_makes_no_new_version() {
    let door = Door::open().await;
    for _ in 0..3 {
        let same = door.put("/api/v4/application/settings?maintenance_mode=false&maintenance_mode_message=").await;
        assert_eq!(same.json()["maintenance_mode_version"], 1);
    }
}

#[tokio::test]
async fn a_change_on_top_of_an_older_version_is_refused_with_the_row_as_it_is() {
    let door = Door::open().await;
    let path = "/api/v4/application/settings?maintenance_mode=true";
    for stale in ["\"7\"", "\"x\"", "\"7\", \"8\"", "W/\"1\"", ""] {
        let moved = door.ask("PUT", path, &door.api, &[("If-Match", stale)], "").await;
        assert_eq!((moved.status.as_u16(), moved.header("etag")), (412, "\"1\""), "{stale}");
        let row = moved.json();
        assert_eq!((&row["maintenance_mode"], &row["maintenance_mode_version"]), (&json!(false), &json!(1)));
        assert_eq!((&row["status"], &row["title"]), (&json!(412), &json!("Precondition Failed")));
    }
    for (fresh, version) in [("\"1\"", 2), ("\"2\", \"9\"", 2), ("*", 2)] {
        let done = door.ask("PUT", path, &door.api, &[("If-Match", fresh)], "").await;
        assert_eq!((done.status.as_u16(), done.json()["maintenance_mode_version"].clone()), (200, json!(version)));
    }
}

#[tokio::test]
async fn what_cannot_stand_is_named_before_its_condition_is_looked_at() {
    // RFC 9110 §13.2.1: a condition counts only where the answer without it would be a success.
    let door = Door::open().await;
    for stale in ["\"7\"", "\"7\", \"8\"", ""] {
        for query in
            [format!("maintenance_mode_message={}", "x".repeat(256)), "maintenance_mode_until=2020-01-01T00:00Z".into()]
        {
            let answer = door.ask("PUT", &format!("{SETTINGS}?{query}"), &door.api, &[("If-Match", stale)], "").await;
            assert_eq!(answer.status, 422, "{stale}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_cannot_stand_is_named() {
    let door = Door::open().await;
    let typed = [("Content-Type", "application/json")];
    let long = format!(r#"{{"maintenance_mode_message": "{}"}}"#, "ü".repeat(256));
    for (body, status, field) in [
        (r#"{"maintenance_mode": "yes"}"#, 422, "maintenance_mode"),
        (r#"{"maintenance_mode": null}"#, 422, "maintenance_mode"),
        (r#"{"maintenance_mode": 2}"#, 422, "maintenance_mode"),
        (r#"{"maintenance_mode_message": 5}"#, 422, "maintenance_mode_message"),
        (r#"{"maintenance_mode_message": "a\nb"}"#, 422, "maintenance_mode_message"),
        (long.as_str(), 422, "maintenance_mode_message"),
        (r#"{"maintenance_mode_until": "tomorrow"}"#, 422, "maintenance_mode_until"),
        (r#"{"maintenance_mode_until": "2020-01-01T00:00:00Z"}"#, 422, "maintenance_mode_until"),
        (r#"{"maintenance_mode": tru"#, 422, "body"),
        ("[]", 422, "body"),
        ("\u{0}", 422, "body"),
    ] {
        let answer = door.ask("PUT", SETTINGS, &door.api, &typed, body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].clone()), (status, json!(field)), "{body}");
    }
    for (query, body) in [("?", ""), ("?foo=1", ""), ("", "{}"), ("", r#"{"maintenance": true}"#)] {
        let answer = door.ask("PUT", &format!("{SETTINGS}{query}"), &door.api, &typed, body).await;
        assert_eq!(answer.status, 400, "{query}{body}");
    }
    let other = door.ask("PUT", SETTINGS, &door.api, &[("Content-Type", "text/plain")], "maintenance_mode=true").await;
    assert_eq!(other.status, 415);
    let large = door.ask("PUT", SETTINGS, &door.api, &typed, &" ".repeat(70_000)).await;
    assert_eq!(large.status, 413);
    assert_eq!(door.get(SETTINGS).await.json()["maintenance_mode_version"], 1);
}

#[tokio::test]
async fn the_mode_is_shown_to_anybody_and_what_is_pending_to_readers() {
    let door = Door::open().await;
    door.put("/api/v4/application/settings?maintenance_mode=true&maintenance_mode_message=Back+soon").await;
    let open = door.ask("GET", "/api/v4/maintenance", "", &[], "").await;
    let expected = json!({
        "mode": "on", "version": 2, "message": "Back soon", "since": "2026-12-01T00:00:00.000000Z", "until": null,
    });
    assert_eq!((open.json(), open.header("etag")), (expected, "\"2\""));
    let same = door.ask("GET", "/api/v4/maintenance", "", &[("If-None-Match", "\"2\"")], "").await;
    assert_eq!((same.status.as_u16(), same.text.as_str(), same.header("etag")), (304, "", "\"2\""));
    let older = door.ask("GET", "/api/v4/maintenance", "", &[("If-None-Match", "\"1\"")], "").await;
    assert_eq!(older.status, 200);
    let whole = door.get("/api/v4/maintenance").await.json();
    let pending = json!({
        "hand_overs": 0, "deliveries": 0, "smtp_transactions": 3, "waiting": 0, "held": 0, "queued": 0, "unclassified": 0,
    });
    assert_eq!((&whole["pending"], &whole["nodes"], &whole["mode"]), (&pending, &json!([]), &json!("on")));
    let app = door.token("app", crate::store::access::Scope::Enqueue).await;
    assert!(door.ask("GET", "/api/v4/maintenance", &app, &[], "").await.json().get("pending").is_none());
    assert_eq!(door.ask("GET", "/api/v4/maintenance", "ptn_wrong", &[], "").await.status, 401);
}
