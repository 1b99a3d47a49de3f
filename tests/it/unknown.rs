//! A store goes back to an older state under running gateways: the mode is unknown until an
//! administrator sets it again.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE, PERSON};
use crate::harness::http::{Response, request};
use crate::harness::process::run;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::process::Command;

/// Copies one SQLite file into another with SQLite's own backup, as `.backup` and `.restore` do,
/// while other processes have them open.
const COPIES: &str = "import sqlite3, sys\nsource, target = (sqlite3.connect(p, timeout=20) for p in sys.argv[1:])\nsource.backup(target)\ntarget.close()";

fn copy(gateway: &Gateway, from: &str, to: &str) {
    let mut copies = Command::new("/usr/bin/python3");
    copies.arg("-c").arg(COPIES).arg(gateway.path(from)).arg(gateway.path(to));
    run(&mut copies).well();
}

fn back_up(gateway: &Gateway) {
    copy(gateway, "data/postern.db", "backup.db");
}

/// Restores the store's backup while the gateways keep running.
fn restore(gateway: &Gateway) {
    copy(gateway, "backup.db", "data/postern.db");
}

fn ask(gateway: &Gateway, method: &str, path: &str) -> Response {
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    request(gateway.http_port, method, path, &[&token], b"")
}

fn settings(gateway: &Gateway, method: &str, query: &str) -> Response {
    ask(gateway, method, &format!("/api/v4/application/settings{query}"))
}

fn is_unknown(gateway: &Gateway) -> bool {
    let answer = settings(gateway, "GET", "");
    answer.status == 503 && answer.json()["mode"] == "unknown"
}

fn alarms(gateway: &Gateway) -> usize {
    gateway.log().lines().filter(|line| line.contains("\"ERROR\"") && line.contains("The mode is unknown")).count()
}

/// Asserts that mail and notifications are refused, and that the gauge is -1, while the mode is
/// unknown.
fn assert_takes_nothing(gateway: &Gateway) {
    let mut smtp = gateway.smtp();
    for address in [ISSUE, PERSON] {
        let reply = smtp.send("ann@outside.test", address, &message("unknown"));
        assert_eq!((reply.code, reply.text.starts_with("4.3.0")), (451, true), "{reply:?}");
    }
    let body = br#"{"kind": "new_note", "to": ["ann@outside.test"], "subject": "x", "text": "x"}"#;
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let head = [token.as_str(), "Content-Type: application/json"];
    let enqueued = request(gateway.http_port, "POST", "/api/v4/internal/notifications", &head, body);
    assert_eq!((enqueued.status, &enqueued.json()["mode"]), (503, &json!("unknown")));
    let metrics = String::from_utf8(ask(gateway, "GET", "/-/metrics").body).unwrap();
    assert!(metrics.contains("\npostern_mode -1"), "{metrics}");
}

#[test]
fn a_restored_store_is_not_believed_until_an_explicit_off_which_takes_the_next_version() {
    let app = App::answering("200 OK");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SECRET).unwrap();
    let secret = file.path().display().to_string();
    let gateway = Gateway::start_with(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", &secret)]);
    app.answer("503 Service Unavailable");
    gateway.smtp().send("ann@outside.test", ISSUE, &message("waits"));
    app.await_offers(1);
    back_up(&gateway);
    for value in ["true", "false", "true"] {
        assert_eq!(settings(&gateway, "PUT", &format!("?maintenance_mode={value}")).status, 200);
    }
    app.answer("200 OK");
    restore(&gateway);
    until_true("the gateway does not believe it", seconds(20), || is_unknown(&gateway));
    let offered = app.offers().len();

    assert_takes_nothing(&gateway);
    until_true("the node says what it has seen", seconds(20), || {
        let status = gateway.console(&["maintenance", "status"]).json();
        let node = &status["nodes"][0];
        (&status["mode"], &node["version"], &node["mode"]) == (&json!("unknown"), &json!(4), &json!("unknown"))
    });
    let status = gateway.console(&["maintenance", "status"]).json();
    assert_eq!((&status["not_believed"]["mode"], &status["not_believed"]["version"]), (&json!("off"), &json!(1)));
    assert_eq!((&status["highest_version_seen"], &status["version"]), (&json!(4), &json!(null)));
    let table = gateway.terminal(80, &["maintenance", "status"]).out;
    assert!(table.contains("not_believed") && table.contains("version 1") && table.contains("off since"), "{table}");
    assert_eq!(gateway.console(&["settings", "get"]).code, 1);
    assert_eq!(alarms(&gateway), 1, "{}", gateway.log());
    assert_eq!(app.offers().len(), offered, "nothing is handed over");

    // The mode is already off in the store; setting it again is what counts.
    let healed = settings(&gateway, "PUT", "?maintenance_mode=false");
    assert_eq!((healed.status, &healed.json()["maintenance_mode_version"]), (200, &json!(5)));
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("known")).code, 250);
    until_true("what waited is handed over", seconds(60), || app.offers().len() >= offered + 2);
    until_true("the node follows again", seconds(20), || {
        gateway.console(&["maintenance", "status"]).json()["nodes"][0]["mode"] == "off"
    });
    assert_eq!(alarms(&gateway), 1);
    assert!(gateway.log().contains("The mode is known again"), "{}", gateway.log());
}

#[test]
fn a_console_that_knows_nothing_takes_what_the_gateways_have_seen() {
    let gateway = Gateway::start();
    back_up(&gateway);
    for _ in 0..2 {
        gateway.maintenance_on();
        gateway.maintenance_off();
    }
    // Immediately after the restore, the console may run before the gateway has reported the
    // version it has seen. The gateway then reports it again.
    restore(&gateway);
    let on = gateway.console(&["maintenance", "on"]);
    assert!(on.err.contains("version 6.") && on.err.contains("1 of 1 live nodes have seen it"), "{on:?}");
    let settings = settings(&gateway, "GET", "").json();
    assert_eq!((&settings["maintenance_mode"], &settings["maintenance_mode_version"]), (&json!(true), &json!(6)));
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("known")).code, 550);
    // Later, the gateway notices at once that the store went back, and the mode is set to off
    // although it is off.
    restore(&gateway);
    until_true("the gateway does not believe it", seconds(20), || {
        gateway.console(&["maintenance", "status"]).json()["mode"] == "unknown"
    });
    let worded = gateway.console(&["settings", "set", "maintenance_mode_message=x"]);
    assert_eq!(
        (worded.code, worded.err.contains("turn the mode on or off to say what holds")),
        (1, true),
        "{worded:?}"
    );
    let off = gateway.console(&["maintenance", "off"]);
    assert!(off.err.contains("Maintenance mode is off in sqlite:data/postern.db, version 7."), "{off:?}");
}

#[test]
fn another_gateway_and_a_new_one_do_not_believe_it_either() {
    let mut inside = Gateway::prepare(&[]);
    inside.begin_only("http");
    let mut door = inside.twin();
    door.begin_only("smtp");
    back_up(&inside);
    inside.maintenance_on();
    inside.maintenance_off();
    restore(&inside);
    until_true("it is not believed", seconds(20), || is_unknown(&inside));
    door.stop();
    door.begin_only("smtp");
    let reply = door.smtp().send("ann@outside.test", ISSUE, &message("unknown"));
    assert_eq!(reply.code, 451, "a new process hears of it from the one that saw: {reply:?}");
    inside.maintenance_on();
    until_true("the door refuses again", seconds(20), || {
        door.smtp().send("ann@outside.test", ISSUE, &message("refused")).code == 550
    });
}

#[test]
fn a_store_that_is_away_and_comes_back_is_believed_again_by_itself() {
    let gateway = Gateway::start();
    let (file, aside) = (gateway.path("data/postern.db"), gateway.path("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    until_true("the mode is unknown", seconds(20), || is_unknown(&gateway));
    assert_eq!(gateway.smtp().send("ann@outside.test", PERSON, &message("away")).code, 451);
    std::fs::rename(&aside, &file).unwrap();
    until_true("it is known again", seconds(20), || settings(&gateway, "GET", "").status == 200);
    until_true("mail is taken again", seconds(20), || {
        gateway.smtp().send("ann@outside.test", PERSON, &message("back")).code == 250
    });
    until_true("the log says so", seconds(20), || gateway.log().contains("The mode is known again"));
    assert_eq!(alarms(&gateway), 1, "{}", gateway.log());
}
