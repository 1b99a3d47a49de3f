//! Background jobs, as an operator uses them before and after a failover.

use crate::harness::gateway::Gateway;
use crate::harness::http::request;
use crate::harness::wait::{seconds, until, until_true};
use serde_json::{Value, json};

fn job(gateway: &Gateway, name: &str) -> Value {
    let jobs = gateway.console(&["jobs", "list"]).rows();
    jobs.into_iter().find(|job| job["name"] == name).unwrap()
}

/// Waits until a job has ended a run that began after `before`, and returns the time.
fn await_turn(gateway: &Gateway, name: &str, before: &Value) -> Value {
    until(&format!("{name} ran"), seconds(20), || {
        let row = job(gateway, name);
        let began = row["last_started_at"].clone();
        let is_new = began.as_str().is_some_and(|began| before.as_str().is_none_or(|before| began > before));
        (is_new && row["state"] != "running").then_some(began)
    })
}

#[test]
fn a_paused_job_stays_paused_over_a_crash_and_runs_at_once_when_resumed() {
    let mut gateway = Gateway::start();
    gateway.maintenance_on();
    let ran = await_turn(&gateway, "summary_upkeep", &Value::Null);
    let first = await_turn(&gateway, "window_keeper", &Value::Null);
    gateway.kill9();
    // One job is due at once and paused; the other is due and not paused.
    for arguments in
        [&["pause", "summary_upkeep", "window_keeper"][..], &["resume", "--all"], &["pause", "summary_upkeep"]]
    {
        gateway.console(&[&["jobs"], arguments].concat()).well();
    }
    gateway.begin();
    await_turn(&gateway, "window_keeper", &first);
    let paused = job(&gateway, "summary_upkeep");
    assert_eq!((&paused["state"], &paused["paused_by"]), (&json!("paused"), &json!("tester")));
    assert_eq!(paused["last_started_at"], ran, "it ran although it was paused");
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let path = "/api/v4/background_jobs/summary_upkeep?paused=false";
    assert_eq!(request(gateway.http_port, "PUT", path, &[&token], b"").status, 200);
    await_turn(&gateway, "summary_upkeep", &ran);
}

#[test]
fn nodes_that_share_a_store_share_its_jobs() {
    let mut first = Gateway::start();
    await_turn(&first, "summary_upkeep", &Value::Null);
    let mut second = first.twin();
    second.begin_only("deliver");
    first.kill9();
    second.console(&["jobs", "pause", "summary_upkeep"]).well();
    let ran = job(&second, "summary_upkeep")["last_started_at"].clone();
    second.console(&["jobs", "resume", "summary_upkeep"]).well();
    await_turn(&second, "summary_upkeep", &ran);
    second.stop();
}

#[test]
fn whoever_names_no_known_job_is_told_the_names() {
    let gateway = Gateway::start();
    for wrong in [&["jobs", "pause", "retentoin"][..], &["jobs", "resume"], &["jobs", "pause", "retention", "--all"]] {
        let answer = gateway.console(wrong);
        assert!(answer.code == 2 && answer.out.is_empty(), "{wrong:?}: {answer:?}");
    }
    let said = gateway.console(&["jobs", "pause", "retentoin"]).err;
    assert!(said.contains("window_keeper") && said.contains("'retention'"), "{said}");
    let paused = gateway.console(&["jobs", "pause", "--all", "--format", "csv"]).well();
    assert_eq!(paused.lines().count(), 5, "{paused}");
    let table = gateway.console(&["jobs", "list", "--format", "table"]);
    assert!(table.err.contains("The job retention was paused by tester"), "{}", table.err);
    until_true("the metrics know", seconds(20), || {
        let metrics = request(gateway.http_port, "GET", "/-/metrics", &[], b"");
        String::from_utf8_lossy(&metrics.body).contains("postern_job_paused{job=\"retention\"} 1")
    });
}
