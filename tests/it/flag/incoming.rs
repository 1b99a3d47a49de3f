//! The mode and incoming mail.

use crate::harness::files::header;
use crate::harness::gateway::{Gateway, ISSUE, PERSON, UNSUBSCRIBE};
use crate::harness::smtp::{message, stuffed};
use crate::harness::wait::{seconds, until_true};

const SENTENCE: &str = "5.3.2 This instance is in (read-only) maintenance mode";

#[test]
fn a_change_holds_for_the_next_recipient_of_fresh_and_of_open_sessions() {
    let gateway = Gateway::start();
    let mut open = gateway.smtp();
    for _ in 0..5 {
        gateway.maintenance_on();
        for smtp in [&mut open, &mut gateway.smtp()] {
            smtp.mail_from("ann@outside.test");
            let reply = smtp.rcpt_to(ISSUE);
            assert_eq!((reply.code, reply.text.as_str()), (550, SENTENCE));
            assert_eq!(smtp.rcpt_to(PERSON).code, 250);
            smtp.say("RSET");
        }
        gateway.maintenance_off();
        for smtp in [&mut open, &mut gateway.smtp()] {
            smtp.mail_from("ann@outside.test");
            assert_eq!(smtp.rcpt_to(ISSUE).code, 250);
            smtp.say("RSET");
        }
    }
    assert_eq!(gateway.console(&["report", "incoming"]).rows().len(), 10);
}

#[test]
fn a_change_between_rcpt_and_the_dot_is_heard_at_the_dot() {
    let gateway = Gateway::start();
    let (mut alone, mut mixed) = (gateway.smtp(), gateway.smtp());
    for smtp in [&mut alone, &mut mixed] {
        smtp.mail_from("ann@outside.test");
        assert_eq!(smtp.rcpt_to(ISSUE).code, 250);
    }
    assert_eq!(mixed.rcpt_to(PERSON).code, 250);
    gateway.maintenance_on();
    for (smtp, name, code) in [(&mut alone, "alone", 550), (&mut mixed, "mixed", 451)] {
        assert_eq!(smtp.say("DATA").code, 354);
        smtp.write(&stuffed(&message(name))).unwrap();
        let reply = smtp.reply().unwrap();
        assert_eq!((reply.code, reply.text.contains("5.3.2")), (code, code == 550), "{reply:?}");
    }
    let rows = gateway.console(&["report", "incoming"]).rows();
    assert_eq!((rows.len(), &rows[0]["verdict"]), (1, &"refuse".into()), "{rows:?}");
    assert_eq!(gateway.inbox().len(), 0);
}

#[test]
fn held_mail_is_kept_and_handed_over_in_its_order_when_the_mode_is_off() {
    let gateway = Gateway::start_with(&[("MAINTENANCE__INCOMING", "hold")]);
    gateway.maintenance_on();
    let mut smtp = gateway.smtp();
    for name in ["one", "two", "three"] {
        let reply = smtp.send("ann@outside.test", ISSUE, &message(name));
        assert!(reply.code == 250 && reply.text.ends_with(" held"), "{reply:?}");
    }
    let list = || gateway.console(&["queue", "list", "--state", "held"]).rows();
    assert_eq!((list().len(), gateway.inbox().len()), (3, 0));
    let third = list()[0]["id"].as_str().unwrap().to_owned();
    gateway.console(&["queue", "release", &third]).well();
    until_true("the released one is handed over", seconds(10), || gateway.inbox().len() == 1);
    let off = gateway.console(&["maintenance", "off"]);
    assert!(off.err.contains("2 held mails are released"), "{}", off.err);
    until_true("all are handed over", seconds(10), || gateway.inbox().len() == 3);
}

#[test]
fn a_wish_to_be_left_alone_is_held_and_machines_mail_is_discarded_in_the_mode() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let mut smtp = gateway.smtp();
    assert!(smtp.send("ann@outside.test", UNSUBSCRIBE, &message("leave")).text.ends_with(" held"));
    assert!(smtp.send("", ISSUE, &message("bounce")).text.ends_with(" discarded"));
    assert!(smtp.send("ann@outside.test", PERSON, &message("person")).text.ends_with(" accepted"));
    until_true("the person's is handed over", seconds(10), || gateway.inbox().len() == 1);
    assert_eq!(header(&gateway.inbox()[0], "X-Postern-Intent").as_deref(), Some("postmaster"));
    gateway.maintenance_off();
    until_true("the wish is handed over", seconds(10), || gateway.inbox().len() == 2);
}

#[test]
fn mail_accepted_before_the_mode_waits_where_it_is_told_to() {
    let app = "https://127.0.0.1:9/never";
    let mut gateway = Gateway::prepare(&[("MAINTENANCE__ACCEPTED_BEFORE", "wait"), ("APP__URL", app)]);
    let secret = gateway.path("secret");
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    gateway.set("APP__SECRET_FILE", secret.to_str().unwrap());
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &message("early")).code, 250);
    gateway.maintenance_on();
    gateway.stop();
    gateway.set("APP__URL", "maildir:data/inbox");
    gateway.set("APP__SECRET_FILE", "");
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", PERSON, &message("person")).code, 250);
    until_true("the person's is handed over", seconds(10), || gateway.inbox().len() == 1);
    assert_eq!(gateway.console(&["queue", "list", "--state", "waiting"]).rows().len(), 1);
    gateway.maintenance_off();
    until_true("the early one is handed over", seconds(10), || gateway.inbox().len() == 2);
}

#[test]
fn every_discard_says_why_in_the_report_and_in_the_log() {
    let gateway = Gateway::start_with(&[("SMTP__HOSTNAME", "gateway.forge.test")]);
    let mut smtp = gateway.smtp();
    let hops = "Received: by hop.test; Tue, 1 Dec 2026 04:00:00 +0000\r\n".repeat(51);
    let mails = [
        ("", "X-Nothing: x\r\n", "null_sender"),
        ("ann@outside.test", "Auto-Submitted: auto-replied\r\n", "auto_submitted"),
        ("ann@outside.test", "X-Autoreply: yes\r\n", "auto_submitted"),
        ("ann@outside.test", "X-Postern-Loop: gateway.forge.test\r\n", "loop"),
        ("ann@outside.test", &hops, "hops"),
        ("", "Content-Type: multipart/report; boundary=b\r\n", "report"),
    ];
    for (sender, header, reason) in mails {
        let mail = format!("{header}Subject: {reason}\r\n\r\nx\r\n");
        assert!(smtp.send(sender, ISSUE, mail.as_bytes()).text.ends_with(" discarded"), "{reason}");
        let row = gateway.console(&["report", "incoming", "--limit", "1"]).rows()[0].clone();
        assert_eq!(row["reason"], reason);
        let line = format!("Discarded mail {} from ", row["mail_id"].as_str().unwrap());
        until_true("it is logged", seconds(10), || gateway.log().contains(&line));
        let log = gateway.log();
        let line = log.lines().find(|found| found.contains(&line)).unwrap();
        assert!(
            line.contains(&format!(": {reason}")) && !line.contains("Abc123Token") && !line.contains("ann@"),
            "{line}"
        );
    }
    let csv = gateway.console(&["report", "incoming", "--format", "csv"]).well();
    assert!(csv.contains("null_sender") && csv.contains("report"), "{csv}");
}
