//! `postern queue`: shows what waits, and an operator's actions on it.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::port;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;

/// A gateway in front of `app`, which answers as the test sets it.
fn before(app: &App) -> Gateway {
    let mut gateway = Gateway::prepare(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", "secret")]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    gateway.begin();
    gateway
}

fn state(gateway: &Gateway, id: &str) -> String {
    gateway.console(&["queue", "show", id]).json()["state"].as_str().unwrap().to_owned()
}

#[test]
fn mail_the_application_cannot_read_fails_and_is_offered_again_on_request() {
    let app = App::answering("422 Unprocessable");
    let gateway = before(&app);
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("unreadable")).code, 250);
    let failed = || gateway.console(&["queue", "list", "--state", "failed"]).rows();
    until_true("it failed", seconds(20), || failed().len() == 1);
    let row = failed().remove(0);
    assert!(row["type"] == "recipient" && row["reason"].as_str().unwrap().contains("422"), "{row}");
    let id = row["id"].as_str().unwrap().to_owned();
    let table = gateway.terminal(80, &["queue", "list"]);
    assert!(table.err.contains(&format!("{id}: ")) && table.err.contains("422"), "a table says why below: {table:?}");
    app.answer("200 OK");
    gateway.console(&["queue", "retry", &id]).well();
    until_true("it is handed over", seconds(20), || state(&gateway, &id) == "handed_over");
    assert_eq!(app.offers().len(), 2);
    assert_eq!(app.offers()[1].body, message("unreadable"));
}

#[test]
fn an_application_that_takes_nothing_makes_all_mail_wait_unburnt() {
    let app = App::answering("403 Forbidden");
    let gateway = before(&app);
    let mut smtp = gateway.smtp();
    for name in ["one", "two", "three"] {
        assert_eq!(smtp.send("ann@outside.test", ISSUE, &message(name)).code, 250);
    }
    let list = || gateway.console(&["queue", "list"]);
    let said = gateway.await_standstill("hand_over");
    assert!(said.err.contains("403"), "{}", said.err);
    let rows = said.rows();
    assert!(rows.len() == 3 && rows.iter().all(|row| row["attempts"] == 0), "{rows:?}");
    let one = gateway.console(&["queue", "show", rows[0]["id"].as_str().unwrap()]).json();
    assert!(one["reason"].as_str().unwrap().contains("403"), "one by itself says why it waits, too: {one}");
    app.answer("204 No Content");
    until_true("all are handed over", seconds(40), || list().rows().is_empty());
    let order: Vec<_> = app.offers().iter().rev().take(3).map(|offer| offer.body.clone()).collect();
    assert_eq!(order, [message("three"), message("two"), message("one")]);
}

#[test]
fn deliveries_are_cancelled_by_id_or_filter_and_never_by_accident() {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &dead)]);
    let to = ["ann@people.test", "bob@people.test", "cem@people.test"];
    let row = gateway.enqueue(&json!({"kind": "new_note", "to": to, "subject": "s", "text": "t"}));
    let id = |place: usize| row["deliveries"][place]["id"].as_str().unwrap().to_owned();
    gateway.await_standstill("relay");
    let typo = gateway.console(&["queue", "list", "--state", "faild"]);
    assert!(typo.code == 2 && typo.err.matches("cancelled").count() == 1, "{typo:?}");
    let nothing = gateway.console(&["queue", "cancel"]);
    assert!(nothing.code == 2 && nothing.err.contains("--all"), "{nothing:?}");
    let cancelled = gateway.console(&["queue", "cancel", &id(0)]);
    assert!(cancelled.err.contains("cancel: 1 done, 0 left alone"), "{}", cancelled.err);
    assert_eq!(gateway.console(&["queue", "cancel", "--recipient", "bob@people.test"]).rows().len(), 1);
    assert_eq!([0, 1, 2].map(|place| state(&gateway, &id(place))), ["cancelled", "cancelled", "queued"]);
    let again = gateway.console(&["queue", "retry", &id(0)]);
    assert!(again.code == 1 && again.err.contains("retry does not apply to it"), "{again:?}");
    let unknown = gateway.console(&["queue", "show", "01a2032f-0000-7000-8000-000000000000"]);
    assert!(unknown.code == 1 && unknown.err.contains("postern queue list"), "{unknown:?}");
    assert_eq!(gateway.console(&["queue", "show", "nonsense"]).code, 2);
    let table = gateway.console(&["queue", "show", &id(2), "--format", "table"]).well();
    assert!(table.contains("cem@people.test") && table.contains("attempt_history"), "{table}");
}

#[test]
fn held_mail_is_released_or_cancelled_one_by_one() {
    let gateway = Gateway::start_with(&[("MAINTENANCE__INCOMING", "hold")]);
    gateway.maintenance_on();
    let mut smtp = gateway.smtp();
    for name in ["keep", "drop"] {
        assert_eq!(smtp.send("ann@outside.test", ISSUE, &message(name)).code, 250);
    }
    let held = gateway.console(&["queue", "list", "--type", "recipient", "--state", "held"]).rows();
    let (dropped, kept) = (held[0]["id"].as_str().unwrap(), held[1]["id"].as_str().unwrap());
    gateway.console(&["queue", "cancel", dropped]).well();
    gateway.console(&["queue", "release", kept]).well();
    until_true("the released one is handed over", seconds(10), || state(&gateway, kept) == "handed_over");
    gateway.maintenance_off();
    assert_eq!((state(&gateway, dropped).as_str(), gateway.inbox().len()), ("cancelled", 1));
    assert!(gateway.inbox()[0].ends_with(&message("keep")));
}
