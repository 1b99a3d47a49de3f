//! The headers above a handed-over message, read by an independent parser.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::process::run;
use crate::harness::smtp::Smtp;
use crate::harness::wait::{seconds, until_true};
use serde_json::Value;
use std::process::Command;

/// Prints the headers as Python's email package reads them, in their order, and the body.
const READS: &str = r#"
import email, email.policy, json, sys
with open(sys.argv[1], "rb") as file:
    mail = email.message_from_binary_file(file, policy=email.policy.compat32)
print(json.dumps({"headers": mail.items(), "body": mail.get_payload(), "defects": [str(defect) for defect in mail.defects]}))
"#;

/// Sends `message` after this EHLO. Returns the handed-over file, and Python's reading of it.
fn handed_over(gateway: &Gateway, ehlo: &str, message: &[u8]) -> (Vec<u8>, Value) {
    let before = gateway.inbox().len();
    let mut smtp = Smtp::connect(gateway.smtp_port);
    assert_eq!(smtp.say(&format!("EHLO {ehlo}")).code, 250, "{ehlo}");
    assert_eq!(smtp.send("ann@outside.test", ISSUE, message).code, 250);
    until_true("it is handed over", seconds(20), || gateway.inbox().len() > before);
    let id = gateway.console(&["report", "incoming", "--limit", "1"]).rows()[0]["id"].as_str().unwrap().to_owned();
    let file = gateway.path("data/inbox/new").join(id);
    let read = run(Command::new("/usr/bin/python3").args(["-c", READS]).arg(&file)).json();
    (std::fs::read(file).unwrap(), read)
}

fn first<'a>(read: &'a Value, name: &str) -> &'a str {
    let headers = read["headers"].as_array().unwrap();
    headers.iter().find(|header| header[0] == name).unwrap_or_else(|| panic!("no {name}: {read}"))[1].as_str().unwrap()
}

const LABELS: [&str; 12] = [
    "Return-Path",
    "Delivered-To",
    "Received",
    "X-Postern-Id",
    "X-Postern-Mail-Id",
    "X-Postern-Recipient",
    "X-Postern-Sender",
    "X-Postern-Intent",
    "X-Postern-Key",
    "X-Postern-Received-At",
    "X-Postern-Mode-Version",
    "X-Postern-End",
];

#[test]
fn a_maildir_file_begins_with_the_trace_and_keeps_the_message_byte_for_byte() {
    let gateway = Gateway::start_with(&[("SMTP__HOSTNAME", "gateway.forge.test")]);
    let message = b"Delivered-To: other@outside.test\r\nX-Postern-Key: forged\r\nSubject: x\r\n\r\n.\r\n\xff\r\n";
    let (file, read) = handed_over(&gateway, "mx.outside.test", message);
    assert!(file.ends_with(message), "{}", String::from_utf8_lossy(&file));
    let names: Vec<_> = read["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    assert_eq!(names[..LABELS.len()], LABELS);
    assert_eq!(names[LABELS.len()..], ["Delivered-To", "X-Postern-Key", "Subject"]);
    assert_eq!((first(&read, "Return-Path"), first(&read, "Delivered-To")), ("<ann@outside.test>", ISSUE));
    let received = first(&read, "Received").split_whitespace().collect::<Vec<_>>().join(" ");
    let id = first(&read, "X-Postern-Mail-Id");
    let expected = format!("from mx.outside.test ([127.0.0.1]) by gateway.forge.test with ESMTP id {id}; ");
    assert!(received.starts_with(&expected), "{received}");
}

#[test]
fn a_message_that_begins_with_white_space_changes_no_label() {
    let gateway = Gateway::start();
    for begin in [" folded: evil", "\tfolded", "   ", "\t\r\n \r\n  deeper"] {
        let message = format!("{begin}\r\nSubject: kept\r\n\r\nHello\r\n");
        let (file, read) = handed_over(&gateway, "mx.outside.test", message.as_bytes());
        assert!(file.ends_with(message.as_bytes()), "{begin:?}");
        assert_eq!(first(&read, "X-Postern-Mode-Version"), "1", "{begin:?}");
        assert!(first(&read, "X-Postern-End").starts_with("the message follows"), "{begin:?}");
    }
}

#[test]
fn a_hostile_helo_adds_no_header() {
    let gateway = Gateway::start();
    for ehlo in ["a)by;evil(", "X-Postern-Key:k", "$(id)", &"h".repeat(200)] {
        let (_, read) = handed_over(&gateway, ehlo, format!("Subject: {}\r\n\r\nx\r\n", ehlo.len()).as_bytes());
        let headers = read["headers"].as_array().unwrap();
        let names: Vec<_> = headers.iter().map(|header| header[0].as_str().unwrap()).collect();
        assert_eq!(names[..LABELS.len()], LABELS, "{ehlo}");
        assert_eq!(names.len(), LABELS.len() + 1, "{ehlo}");
        assert!(first(&read, "Received").contains(" ([127.0.0.1])"), "{ehlo}: {read}");
    }
}

#[test]
fn the_webhook_gets_the_trace_as_headers_of_its_own() {
    let app = App::answering("200 OK");
    let mut gateway = Gateway::prepare(&[("APP__URL", &app.url()), ("SMTP__HOSTNAME", "gateway.forge.test")]);
    let secret = gateway.path("secret");
    std::fs::write(&secret, SECRET).unwrap();
    gateway.set("APP__SECRET_FILE", secret.to_str().unwrap());
    gateway.begin();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, b"Subject: x\r\n\r\nx\r\n").code, 250);
    app.await_offers(1);
    let offer = &app.offers()[0];
    assert_eq!(offer.header("X-Postern-Return-Path").as_deref(), Some("<ann@outside.test>"));
    assert_eq!(offer.header("X-Postern-Delivered-To").as_deref(), Some(ISSUE));
    let received = offer.header("X-Postern-Received").unwrap();
    assert!(received.starts_with("from client.test ([127.0.0.1]) by gateway.forge.test with ESMTP id "), "{received}");
    assert_eq!(offer.body, b"Subject: x\r\n\r\nx\r\n");
}
