//! Scheduled maintenance, as an operator uses it.

use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::process::Answer;
use crate::harness::wait::{seconds, until, until_true};
use postern::clock::{Clock, SystemClock};
use serde_json::{Value, json};

/// Schedules a window that starts now.
fn schedule_now(gateway: &Gateway, length: &str, more: &[&str]) -> Answer {
    let now = SystemClock.now().to_string();
    let words: Vec<&str> = ["maintenance", "schedule", &now, "--for", length].iter().chain(more).copied().collect();
    gateway.console(&words)
}

fn id(answer: &Answer) -> String {
    let row: Value = serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    row["id"].as_str().unwrap().to_owned()
}

fn await_open(gateway: &Gateway) -> Value {
    until("the window is open", seconds(30), || {
        let status = gateway.console(&["maintenance", "status"]).json();
        (status["mode"] == "on").then_some(status)
    })
}

#[test]
fn a_window_opens_by_itself_and_off_ends_it() {
    let gateway = Gateway::start();
    let scheduled = schedule_now(&gateway, "1h", &["--message", "New disks"]);
    let id = id(&scheduled);
    assert!(scheduled.err.contains("At its end the mode stays on"), "{scheduled:?}");
    let status = await_open(&gateway);
    assert_eq!((&status["window"]["id"], &status["message"]), (&json!(id), &json!("New disks")));
    let mut smtp = gateway.smtp();
    smtp.mail_from("ann@example.com");
    let refused = smtp.rcpt_to(ISSUE);
    let text = &refused.text;
    assert!(refused.code == 550 && text.contains(": New disks (until ") && text.contains("Z)"), "{text}");
    let off = gateway.console(&["maintenance", "off"]);
    assert!(off.code == 0 && off.err.contains(&format!("The open window {id} (planned until ")), "{off:?}");
    let windows = gateway.console(&["maintenance", "windows"]).rows();
    assert_eq!((&windows[0]["state"], &windows[0]["ended_by"]), (&json!("ended"), &json!("tester")));
    let history = gateway.console(&["maintenance", "history"]).rows();
    assert_eq!((&history[0]["ended_windows"], &history[1]["opened_windows"]), (&json!([id]), &json!([id])));
    assert_eq!((&history[1]["how"], &history[1]["changed_by"]), (&json!("schedule"), &json!("tester")));
}

#[test]
fn a_window_planned_without_a_gateway_opens_late_and_once_when_two_start() {
    let mut gateway = Gateway::start();
    gateway.stop();
    let scheduled = schedule_now(&gateway, "1h", &["--auto-off", "--format", "json"]);
    assert!(scheduled.err.contains("No gateway is running on this store"), "{scheduled:?}");
    let mut twin = gateway.twin();
    gateway.begin_only("smtp,deliver");
    twin.begin_only("deliver");
    await_open(&gateway);
    let history = gateway.console(&["maintenance", "history"]).rows();
    assert_eq!((history.len(), &history[0]["opened_windows"]), (2, &json!([id(&scheduled)])));
    let cancelled = gateway.console(&["maintenance", "windows", "cancel", &id(&scheduled)]);
    assert!(cancelled.code == 0 && cancelled.err.contains("maintenance mode stays on"), "{cancelled:?}");
    assert_eq!(gateway.console(&["maintenance", "status"]).json()["mode"], "on");
    assert_eq!(gateway.console(&["maintenance", "windows", "cancel", &id(&scheduled)]).code, 1);
}

#[test]
fn maintenance_beyond_its_end_is_said_everywhere() {
    let gateway = Gateway::start();
    schedule_now(&gateway, "5s", &[]).well();
    await_open(&gateway);
    let late = until("the status tells of the overrun", seconds(60), || {
        let answer = gateway.console(&["maintenance", "status"]);
        answer.err.contains("Maintenance was to be over at ").then_some(answer)
    });
    assert!(late.json()["overrun"]["seconds"].is_i64());
    until_true("the log warns", seconds(30), || gateway.log().contains("was to be over at"));
    let metrics = request(gateway.http_port, "GET", "/-/metrics", &[], b"");
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let gauge = metrics.lines().find_map(|line| line.strip_prefix("postern_window_overrun_seconds ")).unwrap();
    assert!(gauge.parse::<f64>().unwrap() > 0.0, "{gauge}");
    gateway.maintenance_off();
    let status = gateway.console(&["maintenance", "status"]);
    assert!(status.err.is_empty() && status.json()["overrun"].is_null());
}

#[test]
fn a_time_of_a_night_when_the_clocks_change_is_refused_with_what_to_write_instead() {
    let gateway = Gateway::start();
    let plan = |starts: &str| {
        gateway.console(&["maintenance", "schedule", starts, "--for", "2h", "--timezone", "Europe/Berlin"])
    };
    let skipped = plan("2099-03-29 02:30");
    assert_eq!(skipped.code, 2, "{skipped:?}");
    assert!(skipped.err.contains("write 2099-03-29T03:30+02:00 or 2099-03-29T01:30+01:00"), "{skipped:?}");
    let twice = plan("2099-10-25 02:30");
    assert!(twice.code == 2 && twice.err.contains("2099-10-25T02:30+02:00 for the first"), "{twice:?}");
    let across = plan("2099-10-25 01:30");
    assert!(across.err.contains("from 2099-10-25 01:30 Europe/Berlin = 2099-10-24 23:30 UTC"), "{across:?}");
    assert!(across.err.contains("to   2099-10-25 02:30 Europe/Berlin = 2099-10-25 01:30 UTC (2h)"), "{across:?}");
    let overlaps = plan("2099-10-25T02:30+01:00");
    assert_eq!(overlaps.code, 0, "it begins when the other ends: {overlaps:?}");
    assert_eq!(plan("2099-10-25T02:30+02:00").code, 1);
    let without_end = gateway.console(&["maintenance", "schedule", "2099-01-01"]);
    assert!(without_end.code == 2 && without_end.err.contains("--until <TIME>"), "{without_end:?}");
    assert_eq!(gateway.console(&["maintenance", "windows", "list", "--state", "scheduled"]).rows().len(), 2);
}
