//! Windows over HTTP.

use super::{Answer, Door, SETTINGS};
use crate::domain::mode::State;
use crate::policy::window::Confidence;
use crate::store::access::Scope;
use crate::store::window::WindowStore;
use serde_json::{Value, json};
use std::time::Duration;

const WINDOWS: &str = "/api/v4/maintenance/windows";
const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

impl Door {
    async fn plan(&self, body: &Value) -> Answer {
        self.ask("POST", WINDOWS, &self.api, &JSON, &body.to_string()).await
    }

    async fn delete(&self, id: &Value) -> Answer {
        self.ask("DELETE", &format!("{WINDOWS}/{}", id.as_str().unwrap()), &self.api, &[], "").await
    }

    /// Lets `seconds` pass, and runs what is due then.
    async fn keep(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.store.keep_windows(Confidence::Steady, self.parts.clock.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_window_is_scheduled_shown_and_cancelled() {
    let door = Door::open().await;
    let wish = json!({"starts_at": "2026-12-01T02:00[Europe/Berlin]", "duration": "2h", "message": " Disks ", "auto_off": true});
    let made = door.plan(&wish).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let row = made.json();
    let id = row["id"].clone();
    let expected = json!({
        "id": id, "starts_at": "2026-12-01T01:00:00.000000Z", "ends_at": "2026-12-01T03:00:00.000000Z", "message": "Disks",
        "auto_off": true, "state": "scheduled", "created_at": "2026-12-01T00:00:00.000000Z", "created_by": "root",
        "opened_at": null, "opened_version": null, "ended_at": null, "ended_by": null, "ended_version": null,
        "overrun_seconds": null,
    });
    assert_eq!(row, expected);
    assert_eq!(door.get(made.header("location")).await.json(), expected);
    assert_eq!(door.get(WINDOWS).await.json(), json!([expected]));
    let whole = door.get("/api/v4/maintenance").await.json();
    assert_eq!((&whole["window"], &whole["next_window"], &whole["overrun"]), (&json!(null), &expected, &json!(null)));
    let gone = door.delete(&id).await;
    assert_eq!(
        (gone.status.as_u16(), &gone.json()["state"], &gone.json()["ended_by"]),
        (200, &json!("cancelled"), &json!("root"))
    );
    assert_eq!((&gone.json()["mode"], &gone.json()["warnings"]), (&json!("off"), &json!([])));
    let again = door.delete(&id).await;
    assert_eq!((again.status.as_u16(), again.json()["state"].clone()), (409, json!("cancelled")));
    assert_eq!(door.get("/api/v4/maintenance").await.json()["next_window"], json!(null));
    for unknown in ["x", "019ad739-000a-7000-8000-000000000001"] {
        assert_eq!(door.delete(&json!(unknown)).await.status, 404);
        assert_eq!(door.get(&format!("{WINDOWS}/{unknown}")).await.status, 404);
    }
}

#[tokio::test]
async fn off_over_http_names_the_windows_that_ended_with_it_and_so_does_the_history() {
    let door = Door::open().await;
    let id = door.plan(&json!({"starts_at": "2026-12-01T00:01Z", "ends_at": "2026-12-01T00:11Z"})).await.json()["id"]
        .clone();
    door.keep(60).await;
    let whole = door.get("/api/v4/maintenance").await.json();
    assert_eq!(
        (&whole["mode"], &whole["until"], &whole["window"]["id"]),
        (&json!("on"), &json!("2026-12-01T00:11:00.000000Z"), &id)
    );
    door.keep(900).await;
    let late = door.get("/api/v4/maintenance").await.json();
    assert_eq!(late["overrun"], json!({"since": "2026-12-01T00:11:00.000000Z", "seconds": 300}));
    let ready = door.get("/-/readiness").await.json();
    assert!(ready["problems"][0].as_str().unwrap().starts_with("Maintenance was to be over at 2026-12-01T00:11:00Z"));
    let off = door.put("/api/v4/application/settings?maintenance_mode=false").await.json();
    assert_eq!((&off["maintenance_mode"], &off["ended_windows"][0]["id"]), (&json!(false), &id));
    assert_eq!(
        (&off["ended_windows"][0]["state"], &off["ended_windows"][0]["overrun_seconds"]),
        (&json!("ended"), &json!(300))
    );
    assert!(door.get(SETTINGS).await.json().get("ended_windows").is_none());
    let history = door.get("/api/v4/maintenance/history").await.json();
    assert_eq!((&history[0]["ended_windows"], &history[0]["opened_windows"]), (&json!([id]), &json!([])));
    assert_eq!((&history[1]["opened_windows"], &history[1]["how"]), (&json!([id]), &json!("schedule")));
    let second = door.get("/api/v4/maintenance/history?per_page=1").await;
    let cursor = second.header("link").split("cursor=").nth(1).unwrap().split('>').next().unwrap().to_owned();
    let older = door.get(&format!("/api/v4/maintenance/history?per_page=1&cursor={cursor}")).await.json();
    assert_eq!(older[0]["opened_windows"], json!([id]));
}

#[tokio::test]
async fn windows_are_planned_and_cancelled_while_the_mode_is_on_and_cancelling_leaves_it_on() {
    let door = Door::open().await;
    let open =
        door.plan(&json!({"starts_at": "2026-12-01T00:01Z", "duration": "PT1H", "auto_off": "true"})).await.json();
    door.keep(60).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    // The `+` is not escaped, as `curl --data` leaves it.
    let text = "starts_at=2026-12-02T02:00:00+01:00&duration=90m&auto_off=0&message=";
    let next = door.ask("POST", WINDOWS, &door.api, &form, text).await;
    assert_eq!((next.status.as_u16(), &next.json()["ends_at"]), (201, &json!("2026-12-02T02:30:00.000000Z")));
    assert_eq!(door.delete(&next.json()["id"]).await.status, 200);
    let cancelled = door.delete(&open["id"]).await.json();
    assert_eq!((&cancelled["mode"], &cancelled["state"]), (&json!("on"), &json!("cancelled")));
    assert!(cancelled["warnings"][0].as_str().unwrap().contains("the mode stays on"));
    door.keep(7200).await;
    assert_eq!(door.get(SETTINGS).await.json()["maintenance_mode"], true);
}

#[tokio::test]
async fn what_cannot_stand_is_named_and_nothing_is_scheduled() {
    let door = Door::open().await;
    let (start, end) = ("2026-12-01T02:00Z", "2026-12-01T04:00Z");
    for (body, field) in [
        (json!({"duration": "2h"}), "starts_at"),
        (json!({"starts_at": start}), "ends_at"),
        (json!({"starts_at": start, "ends_at": end, "duration": "2h"}), "duration"),
        (json!({"starts_at": "2026-12-01T02:00", "duration": "2h"}), "starts_at"),
        (json!({"starts_at": start, "ends_at": "2026-12-01 04:00"}), "ends_at"),
        (json!({"starts_at": "2027-03-28T02:30[Europe/Berlin]", "duration": "2h"}), "starts_at"),
        (json!({"starts_at": "2026-12-01T02:00[Europe/Atlantis]", "duration": "2h"}), "starts_at"),
        (json!({"starts_at": "2026-11-30T02:00Z", "duration": "2h"}), "starts_at"),
        (json!({"starts_at": end, "ends_at": start}), "ends_at"),
        (json!({"starts_at": start, "duration": "-2h"}), "duration"),
        (json!({"starts_at": start, "duration": 7200}), "duration"),
        (json!({"starts_at": start, "duration": "2h", "auto_off": "maybe"}), "auto_off"),
        (json!({"starts_at": start, "duration": "2h", "message": "ü".repeat(256)}), "message"),
        (json!({"starts_at": start, "duration": "2h", "auto_of": true}), "auto_of"),
        (json!([]), "body"),
    ] {
        let answer = door.plan(&body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["field"].clone()),
            (422, json!(field)),
            "{body}: {}",
            answer.text
        );
    }
    let naive = door.plan(&json!({"starts_at": "2026-12-01T02:00", "duration": "2h"})).await.json();
    assert!(naive["detail"].as_str().unwrap().contains("has no time zone: write 2026-12-01T02:00Z for UTC"));
    assert_eq!(door.ask("POST", WINDOWS, &door.api, &[], "").await.status, 415);
    assert_eq!(door.get(WINDOWS).await.json(), json!([]));
    let first = door.plan(&json!({"starts_at": start, "ends_at": end})).await.json();
    let second = door.plan(&json!({"starts_at": "2026-12-01T03:59Z", "duration": "2h"})).await;
    assert_eq!((second.status.as_u16(), &second.json()["overlaps"]), (409, &first["id"]));
}

#[tokio::test]
async fn readers_see_windows_and_only_the_api_scope_changes_them() {
    let door = Door::open().await;
    let reader = door.token("reader", Scope::ReadApi).await;
    for number in 1..=3 {
        let start = format!("2026-12-0{number}T02:00Z");
        assert_eq!(door.plan(&json!({"starts_at": start, "duration": "1h"})).await.status, 201);
    }
    let page = door.ask("GET", &format!("{WINDOWS}?per_page=2"), &reader, &[], "").await;
    assert_eq!((page.json().as_array().unwrap().len(), page.header("link").is_empty()), (2, false));
    assert_eq!(page.json()[0]["starts_at"], "2026-12-03T02:00:00.000000Z");
    let csv = door.ask("GET", &format!("{WINDOWS}?format=csv&state=scheduled"), &reader, &[], "").await;
    assert!(csv.text.starts_with("id,starts_at,ends_at,state,auto_off,message") && csv.text.lines().count() == 4);
    assert_eq!(door.ask("GET", &format!("{WINDOWS}?state=late"), &reader, &[], "").await.status, 422);
    assert_eq!(door.ask("GET", WINDOWS, "", &[], "").await.status, 401);
    let body = json!({"starts_at": "2026-12-09T02:00Z", "duration": "1h"}).to_string();
    assert_eq!(door.ask("POST", WINDOWS, &reader, &JSON, &body).await.status, 403);
    let id = page.json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(door.ask("DELETE", &format!("{WINDOWS}/{id}"), &reader, &[], "").await.status, 403);
}

#[tokio::test]
async fn a_refusal_says_when_to_come_again_as_long_as_the_end_is_to_come() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let plain = door.post("/anything").await;
    assert_eq!((plain.status.as_u16(), plain.header("retry-after")), (403, ""));
    door.put("/api/v4/application/settings?maintenance_mode_until=2026-12-01T01:00:00Z").await;
    let planned = door.post("/anything").await;
    assert_eq!((planned.status.as_u16(), planned.header("retry-after")), (403, "3600"));
    assert_eq!(planned.json()["until"], "2026-12-01T01:00:00.000000Z");
    let text = planned.json()["detail"].as_str().unwrap().to_owned();
    assert!(text.ends_with("(until 2026-12-01T01:00:00Z)"), "{text}");
    door.clock.advance(Duration::from_secs(3600));
    let late = door.post("/anything").await;
    assert!(late.header("retry-after").is_empty() && !late.text.contains("until"), "{}", late.text);
}
