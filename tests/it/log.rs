//! The gateway keeps running when its log cannot be written.

use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::smtp::{Smtp, message};
use crate::harness::wait::{seconds, until_true};
use std::fs::File;
use std::process::Stdio;

/// Dropped lines so far, according to the metrics.
fn dropped(gateway: &Gateway) -> u64 {
    let metrics = request(gateway.http_port, "GET", "/-/metrics", &[], b"");
    let text = String::from_utf8(metrics.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("postern_log_lines_dropped_total "));
    line.unwrap_or_else(|| panic!("it is not among the metrics: {text}")).parse().unwrap()
}

/// Sends requests, mode changes and mail, all of which write to the log.
fn works(gateway: &Gateway, round: &str) {
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let mut smtp = gateway.smtp();
    for (mode, code) in [("true", 550), ("false", 250)] {
        let path = format!("/api/v4/application/settings?maintenance_mode={mode}");
        assert_eq!(request(gateway.http_port, "PUT", &path, &[&token], b"").status, 200);
        assert_eq!(smtp.send("ann@outside.test", ISSUE, &message(&format!("{round}-{mode}"))).code, code);
        assert_eq!(smtp.rcpt_to("nobody@elsewhere.test").code, 503);
        assert_eq!(request(gateway.http_port, "GET", "/-/readiness", &[], b"").status, 200);
    }
}

/// Starts the gateway with a log that cannot be written, uses it and stops it.
fn goes_on_with(log: impl Into<Stdio>) {
    let mut gateway = Gateway::prepare(&[("LOG__LEVEL", "debug")]);
    gateway.begin_logging_to(log);
    works(&gateway, "first");
    works(&gateway, "second");
    until_true("the lost lines are counted", seconds(10), || dropped(&gateway) > 0);
    let readiness = request(gateway.http_port, "GET", "/-/readiness", &[], b"");
    assert!(String::from_utf8_lossy(&readiness.body).contains("\"log_lines_dropped\""), "an operator is not told");
    until_true("the mail is handed over", seconds(10), || gateway.inbox().len() == 2);
    gateway.stop();
}

#[test]
fn a_log_on_a_full_disk_fails_no_request() {
    goes_on_with(File::options().write(true).open("/dev/full").unwrap());
}

#[test]
fn a_log_whose_reader_died_fails_no_request() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    goes_on_with(writer);
}

#[test]
fn a_log_whose_reader_stands_still_makes_no_request_wait_and_is_no_reason_not_to_stop() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut gateway = Gateway::prepare(&[("LOG__LEVEL", "trace")]);
    gateway.begin_logging_to(writer);
    until_true("pipe and queue are full", seconds(120), || {
        for _ in 0..100 {
            assert_eq!(request(gateway.http_port, "GET", "/api/v4/maintenance", &[], b"").status, 200);
        }
        dropped(&gateway) > 0
    });
    works(&gateway, "full");
    gateway.stop();
    drop(reader);
}

#[test]
fn lines_about_a_client_that_repeats_itself_are_summed_up() {
    let mut gateway = Gateway::start_with(&[("SMTP__TRUSTED_CLIENTS", "192.0.2.1")]);
    for _ in 0..200 {
        let mut smtp = Smtp::connect(gateway.smtp_port);
        smtp.try_say("MAIL FROM:<ann@outside.test>").unwrap();
    }
    gateway.stop();
    let log = gateway.log();
    let lines = log.lines().filter(|line| line.contains("is not trusted here")).count();
    assert!((1..100).contains(&lines) && log.contains(" more like this: 127.0.0.1 is not trusted here"), "{log}");
}
