//! SIGHUP: the configuration is read again in a running gateway.

use crate::harness::gateway::Gateway;
use crate::harness::http::request;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::path::Path;

const KIND: &str =
    "[[kind]]\nname = \"disk_full\"\ntitle = \"Disk full\"\nclass = \"paging\"\nwhy = \"It wakes people.\"\n";

/// Tells it to read again, and waits until its log says `words`.
fn hang_up(gateway: &Gateway, words: &str) {
    let before = gateway.log().matches(words).count();
    gateway.tell("HUP");
    until_true(&format!("the log says: {words}"), seconds(20), || gateway.log().matches(words).count() > before);
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_gateway_that_has_read_its_file_again_is_not_called_older_than_it() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    write(&file, "");
    gateway.begin();
    let is_older = || gateway.console(&["check"]).out.contains("config/postern.toml was changed at");
    write(&file, "[log]\nlevel = \"warn,postern=info\"\n");
    until_true("check says that the gateway is older", seconds(10), is_older);
    hang_up(&gateway, "nothing else changed");
    until_true("check says so no more", seconds(10), || !is_older());
}

#[test]
fn log_level_and_kinds_are_in_force_after_sighup_and_a_wrong_file_changes_nothing() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    write(&file, "");
    gateway.begin();
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let is_declared = || {
        let body = json!({"kind": "disk_full", "to": ["ann@example.com"], "subject": "x", "text": "x"}).to_string();
        let headers = [&*token, "Content-Type: application/json"];
        let answer = request(gateway.http_port, "POST", "/api/v4/internal/notifications", &headers, body.as_bytes());
        assert_eq!(answer.status, 202);
        answer.json()["warnings"] == json!([])
    };
    assert!(!is_declared());
    write(&gateway.path("config/kinds.toml"), KIND);
    let requests = || gateway.log().matches("answered 202").count();
    until_true("requests are logged", seconds(10), || requests() == 1);
    write(&file, "[log]\nlevel = \"warn,postern::run=info\"\n");
    hang_up(&gateway, "nothing else changed");
    assert!(is_declared());
    // Lines come in their order: once the next reload is logged, a request would be too.
    hang_up(&gateway, "nothing else changed");
    assert_eq!(requests(), 1, "the level is as before");
    write(&gateway.path("config/kinds.toml"), "[[kind]]\nname = 1\n");
    hang_up(&gateway, "The configuration stays as it was");
    write(&gateway.path("config/kinds.toml"), KIND);
    write(&file, "[smtp]\nmax_recipients = 7\nno_such_key = 1\n");
    hang_up(&gateway, "no_such_key");
    assert!(is_declared());
    write(&file, "[smtp]\nmax_recipients = 7\n");
    hang_up(&gateway, "[smtp] changed too and need a restart");
    gateway.stop();
}
