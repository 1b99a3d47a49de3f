//! Clients and servers from other projects: Python's smtplib and aiosmtpd, swaks.

use crate::harness::files::{self, header, holds};
use crate::harness::gateway::{Gateway, ISSUE, PERSON};
use crate::harness::port;
use crate::harness::process::{Answer, run};
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::process::{Child, Command, Stdio};

const SENDS: &str = r#"
import smtplib, sys
from email.message import EmailMessage
port, issue, person = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with smtplib.SMTP("127.0.0.1", port, local_hostname="python.test") as smtp:
    smtp.ehlo()
    assert all(smtp.has_extn(name) for name in ("size", "pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes")), smtp.esmtp_features
    for n in range(3):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "ann@outside.test", issue, f"Grün {n}"
        mail.set_content("Hello\n.\n..dots\n" * 50)
        mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="octet-stream", filename="a.bin")
        assert smtp.send_message(mail) == {}
    assert smtp.noop()[0] == 250 and smtp.rset()[0] == 250 and smtp.verify("x")[0] == 252
    refused = smtp.sendmail("ann@outside.test", [issue, "nobody@forge.test", person], b"Subject: raw\r\n\r\nraw\r\n")
    print(refused)
"#;

const IN_THE_MODE: &str = r#"
import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as smtp:
    try:
        smtp.sendmail("ann@outside.test", [sys.argv[2]], b"Subject: x\r\n\r\nx\r\n")
    except smtplib.SMTPRecipientsRefused as refused:
        print(refused.recipients[sys.argv[2]])
    print(smtp.sendmail("ann@outside.test", [sys.argv[2], sys.argv[3]], b"Subject: y\r\n\r\ny\r\n"))
"#;

fn python(gateway: &Gateway, script: &str) -> String {
    let port = gateway.smtp_port.to_string();
    run(Command::new("/usr/bin/python3").args(["-c", script, &port, ISSUE, PERSON])).well()
}

fn swaks(gateway: &Gateway, arguments: &[&str]) -> Answer {
    let server = format!("127.0.0.1:{}", gateway.smtp_port);
    let mut command = Command::new("swaks");
    run(command.args(["--server", &server, "--from", "ann@outside.test", "--helo", "swaks.test"]).args(arguments))
}

#[test]
fn pythons_smtplib_delivers_and_hears_each_refusal() {
    let gateway = Gateway::start();
    let said = python(&gateway, SENDS);
    assert!(said.contains("nobody@forge.test") && said.contains("550") && !said.contains("postmaster"), "{said}");
    until_true("all are handed over", seconds(20), || gateway.inbox().len() == 5);
    let with = |text: &str| gateway.inbox().iter().filter(|mail| holds(mail, text)).count();
    assert_eq!((with("Subject: raw\r\n\r\nraw\r\n"), with("\r\n.\r\n..dots\r\n")), (2, 3));
}

#[test]
fn in_the_mode_smtplib_hears_the_sentence_and_the_session_goes_on() {
    let gateway = Gateway::start();
    gateway.console(&["maintenance", "on", "--message", "Back at 4", "--until", "2036-12-01T04:00Z"]).well();
    let said = python(&gateway, IN_THE_MODE);
    let sentence =
        "(550, b'5.3.2 This instance is in (read-only) maintenance mode: Back at 4 (until 2036-12-01T04:00Z)')";
    assert!(said.lines().all(|line| line.contains(sentence)) && said.lines().count() == 2, "{said}");
    until_true("the accepted one is handed over", seconds(10), || gateway.inbox().len() == 1);
}

#[test]
fn swaks_delivers_plainly_and_pipelined() {
    let gateway = Gateway::start();
    for extra in [&[][..], &["--pipeline"], &["--protocol", "SMTP"], &["--pipeline", "--body", ".\\n..dots\\n"]] {
        let answer = swaks(&gateway, &[&["--to", ISSUE][..], extra].concat());
        assert!(answer.code == 0 && answer.out.contains(" accepted"), "{extra:?}: {answer:?}");
    }
    until_true("all are handed over", seconds(20), || gateway.inbox().len() == 4);
    let unknown = swaks(&gateway, &["--to", "nobody@forge.test"]);
    assert!(unknown.code == 24 && unknown.out.contains("550 5.1.1"), "{unknown:?}");
    let foreign = swaks(&gateway, &["--to", "ann@elsewhere.test", "--pipeline"]);
    assert!(foreign.code == 24 && foreign.out.contains("550 5.7.1"), "{foreign:?}");
}

#[test]
fn in_the_mode_swaks_is_refused_at_rcpt_also_when_it_pipelines() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    for extra in [&[][..], &["--pipeline"]] {
        let answer = swaks(&gateway, &[&["--to", ISSUE][..], extra].concat());
        let sentence = "550 5.3.2 This instance is in (read-only) maintenance mode";
        assert!(answer.code == 24 && answer.out.contains(sentence), "{answer:?}");
    }
    let both = format!("{ISSUE},{PERSON}");
    let mixed = swaks(&gateway, &["--to", &both, "--pipeline"]);
    assert!(mixed.code == 0 && mixed.out.contains("550 5.3.2") && mixed.out.contains(" accepted"), "{mixed:?}");
    let probe = swaks(&gateway, &["--from", "<>", "--to", ISSUE, "--quit-after", "RCPT"]);
    assert_eq!(probe.code, 0, "{probe:?}");
    assert_eq!(gateway.console(&["report", "incoming", "--verdict", "refuse"]).rows().len(), 3);
}

/// A program that is killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn aiosmtpd_takes_a_notification_with_letters_outside_ascii() {
    let (port, folder) = (port::free(), files::folder());
    let maildir = folder.path().join("mail");
    let mut server = Command::new("aiosmtpd");
    server.args(["-n", "-u", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"]);
    let _server = Running(server.arg(&maildir).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let gateway = Gateway::start_with(&[("RELAY__URL", &format!("smtp://127.0.0.1:{port}"))]);
    let text = "Grüße\n.\nund mehr\n".repeat(100);
    let note = json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "Größe 維護", "text": text, "message_id": "<py@forge.test>"});
    gateway.enqueue(&note);
    until_true("it is delivered", seconds(30), || files::maildir(&maildir).len() == 1);
    let mail = files::maildir(&maildir).remove(0);
    assert_eq!(header(&mail, "Message-ID").as_deref(), Some("<py@forge.test>"));
    assert_eq!(header(&mail, "Auto-Submitted").as_deref(), Some("auto-generated"));
}
