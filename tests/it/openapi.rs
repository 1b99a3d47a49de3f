//! The running gateway conforms to its own API description for all requests that `tests/openapi`
//! generates.
//!
//! It runs on PostgreSQL and on SQLite, because the two accept different values.

use crate::harness::gateway::{Gateway, ISSUE, UNSUBSCRIBE};
use crate::harness::http::request;
use crate::harness::postgres::Database;
use crate::harness::process::run_within;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi/run.sh");

/// Adds entries to every list: mail refused, held and handed over, notifications delivered and
/// suppressed.
fn fill(gateway: &Gateway) {
    let enqueue = |kind: &str| {
        gateway.enqueue(&json!({"kind": kind, "to": ["ann@people.test"], "subject": "Hello", "text": "Hello."}));
    };
    gateway.maintenance_on();
    let mut smtp = gateway.smtp();
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &message("refused")).code, 550);
    assert_eq!(smtp.send("ann@outside.test", UNSUBSCRIBE, &message("held")).code, 250);
    ["reset_password_instructions", "prometheus_alert_fired", "new_note"].into_iter().for_each(enqueue);
    gateway.maintenance_off();
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &message("taken")).code, 250);
}

fn try_all(gateway: &Gateway, mode: &str) {
    let mut command = Command::new("sh");
    command.arg(SCRIPT).env("POSTERN_URL", format!("http://127.0.0.1:{}", gateway.http_port));
    command.env("POSTERN_TOKEN", gateway.token()).env("POSTERN_MODE", mode);
    // The first test to run downloads the programs.
    let answer = run_within(&mut command, seconds(540));
    assert_eq!(answer.code, 0, "{}\n{}", answer.out, answer.err);
}

fn on_postgres(database: &Database) -> Gateway {
    let mut gateway = Gateway::prepare(&[("STORE__URL", &database.url())]);
    gateway.console(&["migrate"]).well();
    gateway.begin();
    fill(&gateway);
    gateway
}

#[test]
fn every_answer_is_a_declared_one_while_the_mode_is_off() {
    let database = Database::create("off");
    try_all(&on_postgres(&database), "off");
}

#[test]
fn every_answer_is_a_declared_one_while_the_mode_is_on() {
    let gateway = Gateway::start();
    fill(&gateway);
    gateway.maintenance_on();
    try_all(&gateway, "on");
}

#[test]
fn every_answer_is_a_declared_one_while_the_store_is_away() {
    let database = Database::create("away");
    let gateway = on_postgres(&database);
    database.take_away();
    let readiness = || request(gateway.http_port, "GET", "/-/readiness", &[], b"").status;
    until_true("the gateway notices", seconds(20), || readiness() == 503);
    try_all(&gateway, "away");
}
