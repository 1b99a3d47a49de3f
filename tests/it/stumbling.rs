//! An application that fails on one mail only.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until, until_true};

#[test]
fn a_mail_over_which_the_application_crashes_is_set_aside_told_and_retried_while_the_others_arrive() {
    let app = App::answering("200 OK");
    app.fail_over(Some("poison"));
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    let file = secret.path().display().to_string();
    let gateway = Gateway::start_with(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", &file)]);
    for text in ["poison", "second", "third"] {
        assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message(text)).code, 250);
    }
    let waiting = || gateway.console(&["maintenance", "status"]).json()["pending"]["waiting"].clone();
    until_true("the others are handed over", seconds(30), || waiting() == 0);
    let row = until("the one is set aside", seconds(10), || gateway.console(&["queue", "list"]).rows().pop());
    let reason = row["reason"].as_str().unwrap();
    assert!(row["state"] == "failed" && reason.contains("failed over this mail 4 times"), "{row}");
    assert!(reason.contains("500 Internal Server Error"), "{row}");
    let alarm = gateway.log();
    assert!(alarm.lines().any(|line| line.contains("ERROR") && line.contains("set aside")), "{alarm}");
    let ready = request(gateway.http_port, "GET", "/-/readiness", &[], b"").json();
    assert_eq!(ready["standstills"], serde_json::json!([]), "{ready}");
    app.fail_over(None);
    gateway.console(&["queue", "retry", row["id"].as_str().unwrap()]).well();
    until_true("it is handed over", seconds(20), || gateway.console(&["queue", "list"]).rows().is_empty());
}
