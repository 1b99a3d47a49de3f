//! The mode and outgoing notifications.

use crate::harness::files::holds;
use crate::harness::gateway::Gateway;
use crate::harness::port;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::wait::{seconds, until_true};
use serde_json::{Value, json};

const TOKEN: &str = "tok3n-that-must-not-leave";

fn reset(to: &str) -> Value {
    json!({"kind": "reset_password_instructions", "to": [to], "subject": "Reset", "text": format!("Open /reset/{TOKEN}")})
}

fn note(to: &str) -> Value {
    json!({"kind": "new_note", "to": [to], "subject": "News", "text": "Hello"})
}

fn suppressed(gateway: &Gateway) -> Vec<Value> {
    gateway.console(&["report", "suppressed"]).rows()
}

/// Holds a claimed reset at `hold` while the mode comes on, and asserts that nothing of it is sent.
fn is_revoked_at(hold: Hold) {
    let smarthost = Scripted::holding(hold, "ann@people.test");
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    gateway.enqueue(&reset("ann@people.test"));
    smarthost.await_holding();
    let on = gateway.console(&["maintenance", "on"]);
    assert!(on.err.contains("1 queued deliveries are now suppressed"), "{}", on.err);
    assert_eq!(suppressed(&gateway).len(), 1);
    smarthost.release();
    // The worker finishes with this claim before its line serves another recipient.
    for name in ["bob", "cem", "dan"] {
        gateway.enqueue(&note(&format!("{name}@people.test")));
    }
    until_true("ordinary ones go out", seconds(20), || smarthost.messages().len() == 3);
    assert!(!smarthost.recipients().contains(&"ann@people.test".to_owned()));
    assert!(!holds(&smarthost.every_byte(), TOKEN), "some of the message left");
    until_true("nothing waits", seconds(10), || gateway.console(&["queue", "list"]).rows().is_empty());
    let rows = suppressed(&gateway);
    assert_eq!((rows.len(), &rows[0]["resend"]), (1, &json!("must_be_requested_anew")), "{rows:?}");
    gateway.maintenance_off();
    gateway.enqueue(&note("eve@people.test"));
    until_true("the last goes out", seconds(20), || smarthost.messages().len() == 4);
    assert!(!smarthost.recipients().contains(&"ann@people.test".to_owned()), "off is not a resend");
}

#[test]
fn a_claimed_reset_is_revoked_while_the_smarthost_thinks_about_its_recipient() {
    is_revoked_at(Hold::Recipient);
}

#[test]
fn a_claimed_reset_is_revoked_while_the_smarthost_thinks_about_data() {
    is_revoked_at(Hold::Data);
}

#[test]
fn a_reset_past_its_dot_is_settled_not_suppressed() {
    let smarthost = Scripted::holding(Hold::Dot, "ann@people.test");
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let row = gateway.enqueue(&reset("ann@people.test"));
    smarthost.await_holding();
    gateway.maintenance_on();
    assert_eq!(suppressed(&gateway).len(), 0);
    let id = row["deliveries"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(gateway.console(&["queue", "show", &id]).json()["state"], "sending");
    smarthost.release();
    let state = || gateway.console(&["queue", "show", &id]).json()["state"].clone();
    until_true("it is delivered", seconds(10), || state() == "delivered");
    assert_eq!(smarthost.recipients(), ["ann@people.test"]);
}

#[test]
fn what_is_queued_and_blocked_is_suppressed_at_the_change_and_ordinary_ones_stay() {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &dead)]);
    for kind in
        ["reset_password_instructions", "prometheus_alert_fired", "my_own_kind", "new_note", "unknown_sign_in_email"]
    {
        let request =
            json!({"kind": kind, "to": ["ann@people.test"], "subject": "s", "text": "t", "reference": "ref-7"});
        assert_eq!(gateway.enqueue(&request)["state"], "queued");
    }
    let on = gateway.console(&["maintenance", "on"]);
    assert!(on.err.contains("2 queued deliveries are now suppressed"), "{}", on.err);
    let rows = suppressed(&gateway);
    let told: Vec<_> =
        rows.iter().rev().map(|row| (row["kind"].as_str().unwrap(), row["resend"].as_str().unwrap())).collect();
    let expected = [("reset_password_instructions", "must_be_requested_anew"), ("prometheus_alert_fired", "possible")];
    assert_eq!(told, expected);
    assert!(
        rows.iter()
            .all(|row| row["reason"] == "maintenance" && row["mode_version"] == 2 && row["reference"] == "ref-7")
    );
    assert_eq!(gateway.console(&["queue", "list", "--state", "queued"]).rows().len(), 3);
}

#[test]
fn an_undeclared_kind_waits_for_the_end_of_the_mode_and_then_goes_out_by_itself() {
    let smarthost = Scripted::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    gateway.console(&["maintenance", "on", "--wait", "drained"]).well();
    for subject in ["first", "second"] {
        let own = json!({"kind": "my_own_kind", "to": ["ann@people.test"], "subject": subject, "text": "t"});
        let answer = gateway.enqueue(&own);
        assert_eq!((&answer["state"], &answer["reason"]), (&json!("queued"), &json!("maintenance")));
        assert!(answer["warnings"][0].as_str().unwrap().contains("it waits while maintenance mode is on"));
    }
    gateway.enqueue(&note("bob@people.test"));
    until_true("the ordinary one goes out", seconds(20), || smarthost.messages().len() == 1);
    let waiting = gateway.console(&["queue", "list"]).rows();
    assert!(waiting.len() == 2 && waiting.iter().all(|row| row["reason"] == "maintenance"), "{waiting:?}");
    let status = gateway.console(&["maintenance", "status"]).json();
    assert_eq!((&status["pending"]["unclassified"], &status["drained"]), (&json!(2), &json!(true)));
    let late = gateway.console(&["maintenance", "on", "--wait", "empty", "--timeout", "1s"]);
    assert_eq!(late.code, 3, "{late:?}");
    gateway.maintenance_off();
    until_true("both go out", seconds(20), || smarthost.messages().len() == 3);
    let order: Vec<bool> = smarthost.messages()[1..].iter().map(|(_, bytes)| holds(bytes, "Subject: first")).collect();
    assert_eq!(order, [true, false], "oldest first");
    assert!(suppressed(&gateway).is_empty());
    let told = gateway.console(&["kinds", "explain", "my_own_kind"]);
    assert!(told.code == 1 && told.err.contains("waits while the mode is on"), "{told:?}");
}

#[test]
fn in_the_mode_a_reset_is_suppressed_when_enqueued_and_a_sign_in_notice_goes_out() {
    let smarthost = Scripted::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    gateway.maintenance_on();
    let answer = gateway.enqueue(&reset("ann@people.test"));
    assert_eq!(
        (&answer["state"], &answer["reason"], &answer["mode_version"]),
        (&json!("suppressed"), &json!("maintenance"), &json!(2))
    );
    let notice =
        json!({"kind": "unknown_sign_in_email", "to": ["ann@people.test"], "subject": "Was it you?", "text": "t"});
    assert_eq!(gateway.enqueue(&notice)["state"], "queued");
    until_true("the notice goes out", seconds(20), || smarthost.messages().len() == 1);
    assert!(holds(&smarthost.messages()[0].1, "Was it you?"));
    let refused = gateway.console(&["queue", "retry", answer["deliveries"][0]["id"].as_str().unwrap()]);
    assert_eq!(refused.code, 1, "a suppressed delivery was retried: {refused:?}");
}
