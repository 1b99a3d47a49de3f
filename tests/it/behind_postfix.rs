//! A real Postfix as the smarthost, delivering to Maildirs.

use crate::harness::files::header;
use crate::harness::gateway::Gateway;
use crate::harness::postfix::Postfix;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;

fn behind(postfix: &Postfix) -> Gateway {
    Gateway::start_with(&[("RELAY__URL", &format!("smtp://127.0.0.1:{}", postfix.port))])
}

#[test]
fn each_person_finds_the_notification_with_its_own_message_id() {
    let postfix = Postfix::start("");
    let gateway = behind(&postfix);
    let row = gateway.enqueue(&json!({
        "kind": "new_note", "to": ["Ann <ann@people.test>"], "cc": ["bob@people.test"], "subject": "Grün ist neu",
        "text": "Hello\n.\n.dots\n", "message_id": "<note-1@forge.test>", "headers": {"X-GitLab-Project": "a/b"},
    }));
    assert_eq!(row["deliveries"].as_array().unwrap().len(), 2);
    for name in ["ann", "bob"] {
        until_true("the mail is delivered", seconds(20), || postfix.mailbox(name).len() == 1);
        let mail = postfix.mailbox(name).remove(0);
        let head = |name| header(&mail, name).unwrap_or_default();
        assert_eq!(head("Message-ID"), "<note-1@forge.test>");
        assert_eq!(
            (head("Auto-Submitted").as_str(), head("X-Auto-Response-Suppress").as_str()),
            ("auto-generated", "All")
        );
        assert_eq!(
            (head("Return-Path").as_str(), head("Delivered-To")),
            ("<forge@forge.test>", format!("{name}@people.test"))
        );
        assert_eq!((head("X-GitLab-Project").as_str(), head("Cc").as_str()), ("a/b", "bob@people.test"));
        let text = String::from_utf8(mail).unwrap();
        assert!(text.ends_with("\n\nHello\n.\n.dots\n"), "{text}");
    }
    assert_eq!(gateway.console(&["queue", "list"]).rows().len(), 0);
}

#[test]
fn a_recipient_the_smarthost_does_not_know_fails_alone() {
    let postfix = Postfix::start("");
    let gateway = behind(&postfix);
    let to = ["ann@people.test", "nobody@people.test", "bob@people.test"];
    gateway.enqueue(&json!({"kind": "new_note", "to": to, "subject": "s", "text": "t"}));
    for name in ["ann", "bob"] {
        until_true("the mail is delivered", seconds(20), || postfix.mailbox(name).len() == 1);
    }
    let failed = || gateway.console(&["queue", "list", "--state", "failed"]).rows();
    until_true("one delivery failed", seconds(20), || failed().len() == 1);
    let row = failed().remove(0);
    assert_eq!((&row["recipient"], &row["attempts"]), (&json!("nobody@people.test"), &json!(1)));
    assert!(row["reason"].as_str().unwrap().starts_with("550 5.1.1"), "{row}");
    assert_eq!(gateway.console(&["queue", "list"]).rows().len(), 1);
}
