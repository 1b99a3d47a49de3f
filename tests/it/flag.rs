//! The mode: how it is changed and seen, and what it takes back.

mod incoming;
mod outgoing;

use crate::harness::gateway::Gateway;
use crate::harness::http::request;
use crate::harness::process::run;
use serde_json::{Value, json};

fn settings(gateway: &Gateway, method: &str, query: &str) -> Value {
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let path = format!("/api/v4/application/settings{query}");
    request(gateway.http_port, method, &path, &[&token], b"").json()
}

#[test]
fn console_and_http_change_and_see_the_same_flag() {
    let gateway = Gateway::start();
    let answer = settings(&gateway, "PUT", "?maintenance_mode=true&maintenance_mode_message=Moving%20house");
    assert_eq!(answer["maintenance_mode"], true);
    let status = gateway.console(&["maintenance", "status"]).json();
    assert_eq!((&status["mode"], &status["message"]), (&json!("on"), &json!("Moving house")));
    let set = gateway.console(&["settings", "set", "maintenance_mode=false", "maintenance_mode_message="]);
    assert!(set.err.contains("1 of 1 live nodes have seen it"), "{}", set.err);
    let answer = settings(&gateway, "GET", "");
    assert_eq!((&answer["maintenance_mode"], &answer["maintenance_mode_message"]), (&json!(false), &Value::Null));
    assert_eq!(answer["maintenance_mode_version"], set.json()["maintenance_mode_version"]);
}

#[test]
fn in_the_mode_writes_are_refused_and_the_mode_can_be_turned_off() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let refused = request(gateway.http_port, "POST", "/api/v4/projects", &[&token], b"{}");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["message"], "You cannot perform write operations on a read-only instance");
    assert_eq!(request(gateway.http_port, "GET", "/-/readiness", &[], b"").status, 200);
    assert_eq!(settings(&gateway, "PUT", "?maintenance_mode=false")["maintenance_mode"], false);
    assert_eq!(request(gateway.http_port, "POST", "/api/v4/projects", &[&token], b"{}").status, 404);
}

#[test]
fn every_change_makes_one_version_and_no_change_makes_none() {
    let gateway = Gateway::start();
    let set = |pairs: &[&str]| {
        let all: Vec<&str> = ["settings", "set"].iter().chain(pairs).copied().collect();
        gateway.console(&all).json()["maintenance_mode_version"].as_i64().unwrap()
    };
    let versions = [
        set(&["maintenance_mode=true"]),
        set(&["maintenance_mode=true"]),
        set(&["maintenance_mode_message=Back at 4"]),
        set(&["maintenance_mode_until=2h"]),
        set(&["maintenance_mode=false"]),
        set(&["maintenance_mode=off"]),
    ];
    assert_eq!(versions, [2, 2, 3, 4, 5, 5]);
    let history = gateway.console(&["maintenance", "history"]).rows();
    let told: Vec<_> =
        history.iter().map(|row| (row["version"].as_i64().unwrap(), row["to"]["mode"].as_str().unwrap())).collect();
    assert_eq!(told, [(5, "off"), (4, "on"), (3, "on"), (2, "on"), (1, "off")]);
    assert_eq!((&history[0]["how"], &history[0]["changed_by"]), (&json!("console"), &json!("tester")));
    assert_eq!((&history[0]["from"]["mode"], &history[4]["from"]), (&json!("on"), &Value::Null));
}

#[test]
fn the_flag_outlives_the_process_and_is_set_without_one() {
    let mut gateway = Gateway::start();
    gateway.stop();
    let answer = gateway.console(&["maintenance", "on", "--message", "Still away"]);
    assert!(answer.err.contains("No gateway is running on this store"), "{}", answer.err);
    gateway.begin();
    assert!(gateway.greeting().contains("maintenance mode is on"), "{}", gateway.greeting());
    gateway.kill9();
    gateway.begin();
    assert_eq!(gateway.console(&["settings", "get"]).json()["maintenance_mode_message"], "Still away");
}

#[test]
fn in_a_wrong_folder_nothing_is_set_and_no_store_is_made() {
    let gateway = Gateway::prepare(&[]);
    let commands: [&[&str]; 9] = [
        &["settings", "set", "maintenance_mode=true"],
        &["settings", "get"],
        &["maintenance", "on"],
        &["maintenance", "status"],
        &["report", "suppressed"],
        &["queue", "list"],
        &["token", "list"],
        &["enqueue", "Cargo.toml.json"],
        &["token", "create", "x", "--scope", "api"],
    ];
    for command in commands {
        let answer = run(&mut gateway.command(command));
        assert_eq!(answer.code, 2, "{command:?}: {answer:?}");
        assert!(answer.err.contains("data/postern.db") && answer.out.is_empty(), "{command:?}: {answer:?}");
    }
    assert_eq!(std::fs::read_dir(gateway.folder()).unwrap().count(), 0);
}
