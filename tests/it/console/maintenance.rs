//! `postern maintenance`: its output, and its report of leftover work.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::page::{cookie, sign_in};
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::{Value, json};
use std::fs::File;

#[test]
fn off_says_which_jobs_are_still_paused_and_which_window_comes_and_status_keeps_saying_it() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let window = gateway.console(&["maintenance", "schedule", "2999-12-01T02:00Z", "--for", "2h"]).json();
    gateway.console(&["jobs", "pause", "--all"]).well();
    let during = gateway.console(&["maintenance", "status"]).json();
    let keeper = "cannot open by itself: its job is paused: `postern jobs resume window_keeper`";
    assert!(during["problems"].to_string().contains(keeper) && !during["problems"].to_string().contains("--all"));
    let off = gateway.console(&["maintenance", "off"]);
    let forgotten = "summary_upkeep and window_keeper are still paused: `postern jobs resume --all`.";
    assert!(off.err.contains(forgotten), "{}", off.err);
    let cancel = format!(
        "2999-12-01T02:00:00Z; `postern maintenance windows cancel {}` cancels it.",
        window["id"].as_str().unwrap()
    );
    assert!(off.err.contains(&cancel), "{}", off.err);
    let again = gateway.console(&["settings", "set", "maintenance_mode=false"]);
    assert!(again.err.contains(forgotten) && again.err.contains(&cancel), "{}", again.err);
    let problems = gateway.console(&["maintenance", "status"]).json()["problems"].to_string();
    assert!(problems.contains(forgotten) && problems.contains(keeper), "{problems}");
    gateway.console(&["jobs", "resume", "--all"]).well();
    assert_eq!(gateway.console(&["maintenance", "status"]).json()["problems"], json!([]));
}

/// The message as the public route, the banner and the settings show it.
fn messages(gateway: &Gateway) -> [Value; 3] {
    let ask = |path: &str| request(gateway.http_port, "GET", path, &[], b"").json()["message"].clone();
    let settings = gateway.console(&["settings", "get"]).json()["maintenance_mode_message"].clone();
    [ask("/api/v4/maintenance"), ask("/api/v4/maintenance/banner"), settings]
}

#[test]
fn a_maintenance_starts_without_the_last_ones_message_and_says_which_applies() {
    let gateway = Gateway::start();
    let on = gateway.console(&["maintenance", "on", "--message", "Moving disks"]);
    assert!(on.err.contains("People read: Moving disks"), "{}", on.err);
    assert_eq!(messages(&gateway), ["Moving disks", "Moving disks", "Moving disks"]);
    gateway.maintenance_off();
    assert_eq!(messages(&gateway), [Value::Null, Value::Null, Value::Null]);
    let next = gateway.console(&["maintenance", "on"]);
    assert!(next.err.contains("It has no message; `postern maintenance on --message TEXT`"), "{}", next.err);
    assert_eq!(messages(&gateway), [Value::Null, Value::Null, Value::Null]);
}

#[test]
fn a_message_set_while_the_mode_is_off_is_kept_for_the_next_maintenance() {
    let gateway = Gateway::start();
    let set = gateway.console(&["settings", "set", "maintenance_mode_message=Moving disks"]);
    assert!(set.err.contains("The message of the next maintenance: Moving disks"), "{}", set.err);
    assert_eq!(messages(&gateway), [json!(null), json!(null), json!("Moving disks")]);
    let on = gateway.console(&["maintenance", "on"]);
    assert!(on.err.contains("People read: Moving disks"), "{}", on.err);
    assert_eq!(messages(&gateway), ["Moving disks", "Moving disks", "Moving disks"]);
}

#[test]
fn a_timeout_without_something_to_wait_for_is_wrong_usage() {
    let gateway = Gateway::start();
    let answer = gateway.console(&["maintenance", "on", "--timeout", "5s"]);
    assert!(answer.code == 2 && answer.err.contains("--wait"), "{answer:?}");
    assert_eq!(gateway.console(&["settings", "get"]).json()["maintenance_mode"], false);
}

#[test]
fn the_status_of_a_sheet_holds_values_and_no_sentences() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    gateway.console(&["maintenance", "schedule", "2999-12-01T02:00Z", "--for", "2h"]).well();
    gateway.console(&["jobs", "pause", "--all"]).well();
    let sheet = gateway.console(&["maintenance", "status", "--format", "csv"]).well();
    let mut lines = sheet.lines().map(|line| line.trim_matches('"').split("\",\"").collect::<Vec<_>>());
    let (head, row) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(lines.next().is_none(), "{sheet}");
    let cell = |name: &str| row[head.iter().position(|column| *column == name).unwrap()];
    assert_eq!((cell("problems"), cell("nodes"), cell("nodes_following")), ("1", "1", "1"), "{sheet}");
    assert!(row.iter().all(|cell| !cell.contains(' ')), "{sheet}");
}

#[test]
fn a_status_that_is_not_drained_names_what_is_left() {
    let app = App::answering("503 Service Unavailable");
    let mut gateway = Gateway::prepare(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", "secret")]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("due")).code, 250);
    gateway.await_standstill("hand_over");
    let late = gateway.console(&["maintenance", "on", "--wait", "empty", "--timeout", "1s"]);
    assert!(late.code == 3 && late.err.contains("still 1 due for hand-over; "), "{late:?}");
    let table = gateway.terminal(80, &["maintenance", "status"]);
    assert!(table.out.contains("not yet: 1 due for hand-over"), "{}", table.out);
    let status = gateway.console(&["maintenance", "status"]).json();
    assert_eq!((&status["drained"], &status["left"]["due_hand_overs"]), (&json!(false), &json!(1)));
    let pending = json!({"hand_overs": 0, "deliveries": 0, "smtp_transactions": Value::Null, "waiting": 1, "held": 0, "queued": 0, "unclassified": 0});
    assert_eq!(status["pending"], pending);
    app.answer("200 OK");
}

#[test]
fn a_narrow_history_shows_when_it_was_drained() {
    let gateway = Gateway::start();
    gateway.console(&["maintenance", "on", "--wait", "drained"]).well();
    let table = gateway.terminal(80, &["maintenance", "history"]);
    assert!(table.out.contains("drained_at") && table.out.contains("tester"), "{}", table.out);
    let row = gateway.console(&["maintenance", "history"]).rows().remove(0);
    assert_eq!((&row["from"]["mode"], &row["to"]["version"]), (&json!("off"), &json!(2)));
    for (limit, words) in [("0", "1 or more"), ("x", "write a number of rows")] {
        let wrong = gateway.console(&["maintenance", "history", "--limit", limit]);
        assert!(wrong.code == 2 && wrong.err.contains(words), "{wrong:?}");
    }
}

#[test]
fn a_short_window_shows_its_seconds() {
    let gateway = Gateway::start();
    let plan = gateway.console(&["maintenance", "schedule", "2999-12-01T02:00:05Z", "--for", "20s"]);
    assert!(plan.err.contains("from 2999-12-01 02:00:05 UTC\n  to   2999-12-01 02:00:25 UTC (20s)"), "{}", plan.err);
}

fn codes_of(concerns: &Value) -> Vec<&str> {
    concerns.as_array().unwrap().iter().map(|concern| concern["code"].as_str().unwrap()).collect()
}

/// The concerns on the overview, as a browser without scripts shows them.
fn codes_on_the_overview(gateway: &Gateway) -> Vec<String> {
    let entered = sign_in(gateway, "root", &gateway.password());
    let session = format!("Cookie: {}", cookie(&entered, "postern_session"));
    let page = request(gateway.http_port, "GET", "/admin", &[&session], b"");
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body).unwrap();
    text.split("data-concern=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn what_only_the_gateways_process_knows_is_shown_at_all_three_doors() {
    let app = App::answering("403 Forbidden");
    let mut gateway = Gateway::prepare(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", "secret")]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    gateway.begin_logging_to(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("waits")).code, 250);
    gateway.await_standstill("hand_over");
    let headers = [&*format!("PRIVATE-TOKEN: {}", gateway.token()), "Content-Type: application/json"];
    let new = json!({"kind": "a_kind_of_ours", "to": ["ann@people.test"], "subject": "x", "text": "x"}).to_string();
    let taken = request(gateway.http_port, "POST", "/api/v4/internal/notifications", &headers, new.as_bytes());
    assert_eq!(taken.status, 202);
    gateway.console(&["maintenance", "schedule", "2999-12-01T02:00Z", "--for", "2h"]).well();
    gateway.console(&["jobs", "pause", "--all"]).well();
    let status = || gateway.console(&["maintenance", "status"]).json();
    let ready = || request(gateway.http_port, "GET", "/-/readiness", &[], b"").json();
    let common = ["window_keeper_paused", "unknown_kinds", "log_lines_dropped"];
    let off = [&["application_read_only", "jobs_paused"], &common[..]].concat();
    until_true("the console knows what the process knows", seconds(20), || codes_of(&status()["concerns"]) == off);
    let ready_off = ready();
    assert_eq!(codes_of(&ready_off["concerns"]), off);
    let csv = gateway.console(&["maintenance", "status", "--format", "csv"]);
    assert!(csv.out.contains(&off.join(" ")), "{}", csv.out);
    assert_eq!(status()["concerns"][1]["command"], "postern jobs resume --all");
    // While the mode is on the first password may stay, so the pages open.
    gateway.maintenance_on();
    let on = [&["application_read_only"], &common[..]].concat();
    assert_eq!((codes_of(&ready()["concerns"]), codes_of(&status()["concerns"])), (on.clone(), on.clone()));
    assert_eq!(codes_on_the_overview(&gateway), on);
    gateway.stop();
}
