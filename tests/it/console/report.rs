//! The reports in three formats.

use crate::harness::gateway::{Gateway, ISSUE, PERSON};
use crate::harness::smtp::message;
use serde_json::{Value, json};

const HOSTILE: &str = "=HYPERLINK(\"http://evil.test\",\"click\")";

/// A gateway with the mode on, two suppressed notifications and three verdicts on mail.
fn busy() -> Gateway {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let alert = json!({"kind": "prometheus_alert_fired", "to": ["ann@people.test"], "subject": HOSTILE, "text": "t", "reference": "@ref"});
    gateway.enqueue(&alert);
    let reset =
        json!({"kind": "reset_password_instructions", "to": ["bob@people.test"], "subject": "Reset", "text": "t"});
    gateway.enqueue(&reset);
    let mut smtp = gateway.smtp();
    assert_eq!(smtp.send("+ann@outside.test", ISSUE, &message("refused")).code, 550);
    assert_eq!(smtp.send("", ISSUE, &message("machine")).code, 250);
    assert_eq!(smtp.send("ann@outside.test", PERSON, &message("person")).code, 250);
    gateway
}

/// The cells of a column.
fn cells(csv: &str, column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let place = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    reader.records().map(|row| row.unwrap()[place].to_owned()).collect()
}

#[test]
fn suppressed_notifications_are_reported_in_every_format() {
    let gateway = busy();
    let rows = gateway.console(&["report", "suppressed"]).rows();
    let told: Vec<_> = rows.iter().map(|row| (&row["kind"], &row["subject"], &row["recipient"])).collect();
    let expected = [
        (&json!("reset_password_instructions"), &Value::Null, &json!("bob@people.test")),
        (&json!("prometheus_alert_fired"), &json!(HOSTILE), &json!("ann@people.test")),
    ];
    assert_eq!(told, expected);
    let members = ["id", "notification_id", "kind", "title", "class", "recipient", "subject", "reference", "reason"];
    let more = ["mode_version", "enqueued_at", "suppressed_at", "resend"];
    assert!(members.iter().chain(&more).all(|member| rows[0].get(member).is_some()), "{}", rows[0]);
    let table = gateway.console(&["report", "suppressed", "--format", "table"]).well();
    assert!(table.contains("must_be_requested_anew") && table.contains("suppressed_at"), "{table}");
    let csv = gateway.console(&["report", "suppressed", "--format", "csv"]).well();
    assert_eq!(cells(&csv, "subject"), ["", &format!("'{HOSTILE}")]);
    assert_eq!(cells(&csv, "reference"), ["", "'@ref"]);
}

#[test]
fn incoming_mail_is_reported_with_its_verdict_and_without_its_keys() {
    let gateway = busy();
    let rows = gateway.console(&["report", "incoming"]).rows();
    let told: Vec<_> =
        rows.iter().map(|row| (row["verdict"].as_str().unwrap(), row["intent"].as_str().unwrap())).collect();
    assert_eq!(told, [("accept", "postmaster"), ("discard", "automatic"), ("refuse", "create_issue")]);
    for format in ["json", "csv", "table"] {
        let text = gateway.console(&["report", "incoming", "--format", format]).well();
        assert!(
            !text.contains("Abc123Token") && text.contains("incoming+group-project-20-…-issue@forge.test"),
            "{text}"
        );
    }
    let csv = gateway.console(&["report", "incoming", "--format", "csv"]).well();
    assert_eq!(cells(&csv, "sender"), ["ann@outside.test", "", "'+ann@outside.test"]);
    assert!(!gateway.log().contains("Abc123Token"), "the log holds a key: {}", gateway.log());
}

#[test]
fn filters_are_exact_and_a_window_is_the_time_the_mode_was_on() {
    let gateway = busy();
    let count = |filter: &[&str]| gateway.console(&[&["report", "incoming"][..], filter].concat()).rows().len();
    assert_eq!(count(&["--verdict", "refuse"]), 1);
    assert_eq!(count(&["--intent", "automatic"]), 1);
    assert_eq!(count(&["--recipient", ISSUE]), 2);
    assert_eq!(count(&["--recipient", "incoming+group-project-20-Abc123Toke-issue@forge.test"]), 0);
    assert_eq!(count(&["--limit", "2"]), 2);
    assert_eq!(count(&["--since", "1h"]), 3);
    assert_eq!(count(&["--until", "1h"]), 0);
    assert_eq!(count(&["--window", "current"]), 3);
    gateway.maintenance_off();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("after")).code, 250);
    assert_eq!((count(&["--window", "last"]), count(&[])), (3, 4));
    let current = gateway.console(&["report", "incoming", "--window", "current"]);
    assert!(current.code == 1 && current.err.contains("--window last"), "{current:?}");
    let suppressed = |filter: &[&str]| gateway.console(&[&["report", "suppressed"][..], filter].concat()).rows().len();
    assert_eq!(suppressed(&["--class", "paging"]), 1);
    assert_eq!(suppressed(&["--kind", "reset_password_instructions", "--window", "last"]), 1);
    assert_eq!(suppressed(&["--recipient", "bob@people.test"]), 1);
}

#[test]
fn a_narrow_terminal_shows_who_did_not_get_what_and_what_can_be_done() {
    let gateway = busy();
    let suppressed = gateway.terminal(80, &["report", "suppressed"]).out;
    assert!(
        ["bob@people.test", "reset_pass", "resend", "possible"].iter().all(|word| suppressed.contains(word)),
        "{suppressed}"
    );
    let incoming = gateway.terminal(80, &["report", "incoming"]).out;
    assert!(
        ["ann@outside.test", "incoming+group-project", "refuse"].iter().all(|word| incoming.contains(word)),
        "{incoming}"
    );
    let typo = gateway.console(&["report", "suppressed", "--kind", "reset_pasword"]);
    assert!(typo.code == 0 && typo.err.contains("reset_password_instructions"), "{typo:?}");
    assert_eq!(gateway.console(&["report", "suppressed", "--kind", "new_note"]).err, "");
}
