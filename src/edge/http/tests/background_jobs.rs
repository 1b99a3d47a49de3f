//! Background jobs: listed, paused and resumed.

use super::Door;
use crate::clock::Clock;
use crate::domain::job::Job;
use crate::domain::mode::State;
use crate::store::access::Scope;
use crate::store::job::{JobResult, JobStore, TurnEnding};
use serde_json::{Value, json};

const JOBS: &str = "/api/v4/background_jobs";
const RETENTION: &str = "/api/v4/background_jobs/retention";

async fn fail(door: &Door) {
    let now = door.clock.now();
    let row = door.store.job(Job::Retention).await.unwrap();
    let turn = door.store.claim_turn(&row, now, now).await.unwrap().unwrap();
    let ending = TurnEnding { result: JobResult::Failed, sentence: "the disk is full".into(), next_at: now };
    door.store.settle_turn(turn, ending, now).await.unwrap();
}

#[tokio::test]
async fn jobs_are_listed_with_what_came_of_them() {
    let door = Door::open().await;
    fail(&door).await;
    let listed = door.get(JOBS).await.json();
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["dedup_expiry", "retention", "summary_upkeep", "window_keeper"]);
    let now = "2026-12-01T00:00:00.000000Z";
    assert_eq!(
        listed[1],
        json!({
            "name": "retention", "purpose": Job::Retention.purpose(), "state": "waiting",
            "paused_at": null, "paused_by": null, "last_started_at": now, "last_ended_at": now,
            "last_result": "failed", "last_sentence": "the disk is full", "last_succeeded_at": null,
            "failures": 1, "next_at": now,
        })
    );
}

#[tokio::test]
async fn a_job_is_paused_and_resumed_by_query_form_or_json_also_in_the_mode() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let json = [("Content-Type", "application/json")];
    for (query, headers, body) in [
        ("?paused=true", &[][..], ""),
        ("", &form[..], "paused=1"),
        ("", &json[..], "{\"paused\": true}"),
        ("", &json[..], "{\"paused\": \"true\"}"),
    ] {
        let paused = door.ask("PUT", &format!("{RETENTION}{query}"), &door.api, headers, body).await;
        assert_eq!(paused.status, 200, "{}", paused.text);
        let row = paused.json();
        assert_eq!(
            (&row["state"], &row["paused_by"], &row["next_at"]),
            (&json!("paused"), &json!("root"), &Value::Null)
        );
        let resumed = door.ask("PUT", RETENTION, &door.api, &json, "{\"paused\": false}").await.json();
        assert_eq!((&resumed["state"], &resumed["paused_by"]), (&json!("waiting"), &Value::Null));
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let door = Door::open().await;
    let json = [("Content-Type", "application/json")];
    for (path, body, status, said) in [
        ("/api/v4/background_jobs/retentoin?paused=true", "", 404, "window_keeper"),
        (RETENTION, "", 400, "paused=true"),
        ("/api/v4/background_jobs/retention?paused=maybe", "", 422, "true, false"),
        ("/api/v4/background_jobs/retention?paused=true", "{\"paused\": false}", 422, "twice"),
        (RETENTION, "[true]", 422, "JSON object"),
        (RETENTION, "{\"paused\": null}", 422, "true, false"),
    ] {
        let answer = door.ask("PUT", path, &door.api, &json, body).await;
        assert_eq!(answer.status, status, "{path} {body}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(said), "{}", answer.text);
    }
    assert_eq!(door.ask("PUT", RETENTION, &door.api, &[("Content-Type", "text/plain")], "paused").await.status, 415);
    assert!(door.store.job(Job::Retention).await.unwrap().paused_at.is_none());
}

#[tokio::test]
async fn whoever_may_only_read_pauses_nothing() {
    let door = Door::open().await;
    let reader = door.token("reader", Scope::ReadApi).await;
    assert_eq!(door.ask("GET", JOBS, &reader, &[], "").await.status, 200);
    assert_eq!(door.ask("PUT", "/api/v4/background_jobs/retention?paused=true", &reader, &[], "").await.status, 403);
    assert_eq!(door.ask("GET", JOBS, "", &[], "").await.status, 401);
}

#[tokio::test]
async fn a_failing_job_is_a_problem_in_words() {
    let door = Door::open().await;
    assert_eq!(door.get("/-/readiness").await.json()["problems"], json!([]));
    fail(&door).await;
    let problems = door.get("/-/readiness").await.json()["problems"].clone();
    assert_eq!(problems.as_array().unwrap().len(), 1);
    let said = problems[0].as_str().unwrap();
    assert!(said.contains("retention") && said.contains("The disk is full"), "{said}");
}
