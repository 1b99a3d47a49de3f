//! Waiting for evidence: `maintenance on --wait drained`.

use crate::harness::gateway::{Gateway, ISSUE};

#[test]
fn an_idle_gateway_drains_at_once_and_the_history_says_since_when() {
    let gateway = Gateway::start();
    let answer = gateway.console(&["maintenance", "on", "--wait", "empty", "--timeout", "20s", "--format", "json"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.err.contains("Empty under version 2 since "), "{answer:?}");
    let status: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!((&status["drained"], &status["empty"]), (&true.into(), &true.into()));
    let history: serde_json::Value =
        serde_json::from_str(&gateway.console(&["maintenance", "history", "--format", "json"]).well()).unwrap();
    assert_eq!(history[0]["drained_at"], status["drained_at"]);
}

#[test]
fn mail_the_application_has_not_taken_is_why_it_is_not_drained_in_time() {
    // No server listens on port 9 of this machine, so the hand-over is paused.
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").unwrap();
    let file = secret.path().display().to_string();
    let gateway = Gateway::start_with(&[("APP__URL", "http://127.0.0.1:9/"), ("APP__SECRET_FILE", &file)]);
    gateway.smtp().send("ann@example.com", ISSUE, b"Subject: x\r\n\r\nx\r\n");
    let answer = gateway.console(&["maintenance", "on", "--wait", "drained", "--timeout", "1s", "--format", "json"]);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(answer.err.contains("1 due") && answer.err.contains("maintenance mode stays on"), "{answer:?}");
    assert!(answer.out.contains("\"drained\": false"), "{answer:?}");
}
