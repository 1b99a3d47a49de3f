//! A smarthost from another project, with temporary and permanent failures, and stopped.

use crate::harness::gateway::Gateway;
use crate::harness::mailin::Smarthost;
use crate::harness::port;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::wait::{seconds, until, until_true};
use serde_json::{Value, json};

fn note(to: &str) -> Value {
    json!({"kind": "new_note", "to": [to], "subject": "s", "text": "t", "message_id": format!("<for.{to}>")})
}

/// The id of the only delivery of an enqueued row.
fn delivery(row: &Value) -> String {
    row["deliveries"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_temporary_refusal_is_tried_again_with_the_same_message_until_it_is_taken() {
    let smarthost = Smarthost::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let id = delivery(&gateway.enqueue(&note("busy@people.test")));
    until_true("the third try is taken", seconds(30), || smarthost.kept().len() == 1);
    assert_eq!(smarthost.kept()[0].header("Message-ID").as_deref(), Some("<for.busy@people.test>"));
    let show = || gateway.console(&["queue", "show", &id]).json();
    until_true("it is settled", seconds(10), || show()["state"] == "delivered");
    let history = show()["attempt_history"].clone();
    let outcomes: Vec<_> = history.as_array().unwrap().iter().map(|attempt| attempt["outcome"].clone()).collect();
    assert_eq!(outcomes, ["temporary", "temporary", "ok"], "{history}");
    assert_eq!(smarthost.asked("busy@people.test"), 3);
}

#[test]
fn a_permanent_refusal_is_not_tried_again_unless_an_operator_says_so() {
    let smarthost = Smarthost::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let id = delivery(&gateway.enqueue(&note("nobody@people.test")));
    gateway.enqueue(&note("ann@people.test"));
    let state = || gateway.console(&["queue", "show", &id]).json()["state"].clone();
    until_true("it failed", seconds(20), || state() == "failed");
    until_true("the other is taken", seconds(20), || smarthost.kept().len() == 1);
    assert_eq!(smarthost.asked("nobody@people.test"), 1);
    gateway.console(&["queue", "retry", &id]).well();
    until_true("it was asked again", seconds(20), || smarthost.asked("nobody@people.test") == 2);
    until_true("it failed again", seconds(20), || state() == "failed");
    gateway.console(&["queue", "cancel", &id]).well();
    assert_eq!(state(), "cancelled");
}

#[test]
fn a_dead_smarthost_stops_the_flow_without_burning_attempts_and_it_recovers_by_itself() {
    let port = port::free();
    let url = format!("smtp://127.0.0.1:{port}");
    let gateway = Gateway::start_with(&[("RELAY__URL", &url)]);
    for name in ["ann", "bob", "cem"] {
        gateway.enqueue(&note(&format!("{name}@people.test")));
    }
    let said = gateway.await_standstill("relay");
    assert!(said.err.contains(&url) && said.err.contains("trying again at"), "{}", said.err);
    let rows = said.rows();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["attempts"] == 0), "{rows:?}");
    let smarthost = Smarthost::start_at(port);
    until_true("all are taken", seconds(30), || smarthost.kept().len() == 3);
    until_true("nothing waits", seconds(10), || gateway.console(&["queue", "list"]).rows().is_empty());
    assert!(!gateway.console(&["queue", "list"]).err.contains("stands still"));
}

#[test]
fn a_smarthost_that_goes_away_between_two_mails_costs_no_attempt() {
    let scripted = Scripted::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &scripted.url())]);
    gateway.enqueue(&note("ann@people.test"));
    until_true("the first is taken", seconds(20), || scripted.messages().len() == 1);
    scripted.hang_up();
    let id = delivery(&gateway.enqueue(&note("bob@people.test")));
    until_true("the second is taken", seconds(20), || scripted.messages().len() == 2);
    let shown = until("it is settled", seconds(10), || {
        let shown = gateway.console(&["queue", "show", &id]).json();
        (shown["state"] == "delivered").then_some(shown)
    });
    assert_eq!(shown["attempts"], 1, "{shown}");
}

#[test]
fn unanswered_dots_on_every_connection_do_not_hold_up_other_mail() {
    let scripted = Scripted::holding(Hold::Dot, "slow@people.test");
    let gateway = Gateway::start_with(&[("RELAY__URL", &scripted.url()), ("RELAY__CONNECTIONS", "2")]);
    for number in 0..2 {
        gateway.enqueue(
            &json!({"kind": "new_note", "to": ["slow@people.test"], "subject": number.to_string(), "text": "t"}),
        );
    }
    until_true("both dots are sent", seconds(20), || scripted.messages().len() == 2);
    for name in ["ann", "bob", "cem"] {
        gateway.enqueue(&note(&format!("{name}@people.test")));
    }
    until_true("the others are taken", seconds(20), || scripted.messages().len() == 5);
    let sending = || gateway.console(&["queue", "list", "--state", "sending"]).rows().len();
    until_true("only the two wait", seconds(10), || sending() == 2);
    scripted.release();
    until_true("nothing waits", seconds(20), || gateway.console(&["queue", "list"]).rows().is_empty());
    assert_eq!(scripted.messages().len(), 5, "each left once");
}
