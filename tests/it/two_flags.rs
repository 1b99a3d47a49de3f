//! Two flags: the application has its own read-only mode, and is told about Postern's.

use crate::harness::app::{App, Offer, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until, until_true};
use serde_json::{Value, json};

fn secret() -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SECRET).unwrap();
    let path = file.path().display().to_string();
    (file, path)
}

fn metrics(gateway: &Gateway) -> String {
    String::from_utf8(request(gateway.http_port, "GET", "/-/metrics", &[], b"").body).unwrap()
}

#[test]
fn an_application_that_is_read_only_keeps_its_mail_waiting_and_everybody_is_told_which_flag_is_whose() {
    let app = App::answering("403 Forbidden");
    let (_file, secret) = secret();
    let gateway = Gateway::start_with(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", &secret)]);
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("waits")).code, 250);
    let words = "the application answered 403";
    let beside = "Postern's own mode is off";
    let status = until("the status says so", seconds(20), || {
        let status = gateway.console(&["maintenance", "status"]).json();
        status["problems"].to_string().contains(beside).then_some(status)
    });
    assert_eq!(status["pending"]["waiting"], 1);
    let row = gateway.console(&["queue", "list"]).rows().remove(0);
    assert!(
        row["reason"].as_str().unwrap().starts_with(words)
            && row["reason"].as_str().unwrap().contains(beside)
            && row["state"] == "waiting",
        "{row}"
    );
    let ready = request(gateway.http_port, "GET", "/-/readiness", &[], b"").json();
    assert!(
        ready["problems"].to_string().contains(beside) && ready["standstills"][0]["cause"] == "read_only",
        "{ready}"
    );
    assert!(gateway.log().contains(words), "{}", gateway.log());
    assert!(metrics(&gateway).contains("\npostern_flags_differ 1"));
    // With Postern's mode on as well, the flags no longer differ, and the concern changes.
    gateway.maintenance_on();
    until_true("both are on", seconds(20), || {
        let status = gateway.console(&["maintenance", "status"]).json();
        status["problems"].to_string().contains("Postern's own mode is on, too")
    });
    assert!(metrics(&gateway).contains("\npostern_flags_differ 0"));
    app.answer("200 OK");
    gateway.maintenance_off();
    until_true("the mail is handed over", seconds(20), || {
        gateway.console(&["maintenance", "status"]).json()["pending"]["waiting"] == 0
    });
}

/// The state and the version that the application was told.
fn told(offer: &Offer) -> (String, i64) {
    let body: Value = serde_json::from_slice(&offer.body).unwrap();
    assert_eq!(body["type"], "mode.changed");
    (body["data"]["mode"].as_str().unwrap().to_owned(), body["data"]["version"].as_i64().unwrap())
}

fn versions(app: &App) -> Vec<i64> {
    app.offers().iter().map(|offer| told(offer).1).collect()
}

#[test]
fn the_application_is_told_of_each_change_signed_and_in_order_also_after_a_restart() {
    let app = App::answering("204 No Content");
    let (_file, secret) = secret();
    let mut gateway = Gateway::start_with(&[("APP__MODE_WEBHOOK", &app.url()), ("APP__SECRET_FILE", &secret)]);
    app.await_offers(1);
    assert_eq!(told(&app.offers()[0]), ("off".into(), 1), "where it stands, first of all");
    gateway.console(&["maintenance", "on", "--message", "Moving house", "--until", "2h"]).well();
    app.await_offers(2);
    let on = app.offers().remove(1);
    let body: Value = serde_json::from_slice(&on.body).unwrap();
    let settings = gateway.console(&["settings", "get"]).json();
    assert_eq!((told(&on), &body["data"]["message"]), (("on".into(), 2), &json!("Moving house")));
    assert_eq!(body["data"]["until"], settings["maintenance_mode_until"]);
    assert_eq!(body["timestamp"], body["data"]["since"]);
    assert!(on.header("webhook-id").unwrap().starts_with("mode-2-"));
    assert!(on.header("webhook-signature").unwrap().starts_with("v1,"));
    // The mode changes twice while the gateway is stopped; only the newest change is told, once.
    gateway.stop();
    gateway.maintenance_off();
    gateway.maintenance_on();
    gateway.begin();
    app.await_offers(3);
    gateway.restart();
    gateway.maintenance_off();
    app.await_offers(4);
    assert_eq!(versions(&app), [1, 2, 4, 5]);
}

#[test]
fn a_webhook_that_is_down_holds_up_no_change_and_is_told_the_newest_when_it_is_back() {
    let app = App::answering("500 Internal Server Error");
    let (_file, secret) = secret();
    let gateway = Gateway::start_with(&[("APP__MODE_WEBHOOK", &app.url()), ("APP__SECRET_FILE", &secret)]);
    app.await_offers(1);
    gateway.maintenance_on();
    gateway.maintenance_off();
    until_true("the status says what it was told", seconds(20), || {
        let status = gateway.console(&["maintenance", "status"]).json();
        status["told_version"] == 0 && status["told_failure"].as_str().is_some_and(|text| text.contains("500"))
    });
    let said = gateway.log().matches("could not be told of the mode").count();
    assert_eq!(said, 1, "one alarm: {}", gateway.log());
    app.answer("200 OK");
    gateway.maintenance_on();
    until_true("it was told the newest", seconds(20), || {
        gateway.console(&["maintenance", "status"]).json()["told_version"] == 4
    });
    assert_eq!(versions(&app).last(), Some(&4));
}

#[test]
fn of_two_gateways_one_tells_and_the_other_goes_on_when_it_stops() {
    let app = App::answering("200 OK");
    let (_file, secret) = secret();
    let mut one = Gateway::prepare(&[("APP__MODE_WEBHOOK", &app.url()), ("APP__SECRET_FILE", &secret)]);
    one.begin_only("deliver");
    app.await_offers(1);
    let mut other = one.twin();
    other.begin_only("deliver");
    one.maintenance_on();
    app.await_offers(2);
    one.stop();
    other.maintenance_off();
    app.await_offers(3);
    other.stop();
    assert_eq!(versions(&app), [1, 2, 3], "each once");
}

#[test]
fn a_mode_webhook_without_a_secret_stops_the_start_with_a_remedy() {
    let gateway = Gateway::prepare(&[("APP__MODE_WEBHOOK", "https://forge.test/hook?token=t0p")]);
    let answer = gateway.console(&["serve"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.err.contains("app.mode_webhook") && answer.err.contains("app.secret_file"), "{answer:?}");
    assert!(!answer.err.contains("t0p"), "{answer:?}");
}
