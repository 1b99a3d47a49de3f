//! The store and other processes: several gateways, a foreign lock, a first start that dies, the
//! largest mail.

use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::smtp::message;
use crate::harness::wait::{Deadline, seconds, until_true};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Takes the write lock of an SQLite file, reports it, and keeps it until its standard input
/// closes.
const LOCKS: &str = r#"
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
store.execute("ROLLBACK")
"#;

#[test]
fn doors_in_processes_of_their_own_share_one_store_and_one_flag() {
    let mut inside = Gateway::prepare(&[]);
    inside.begin_only("deliver,http");
    let mut door = inside.twin();
    door.begin_only("smtp");
    let mut smtp = door.smtp();
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &message("through")).code, 250);
    until_true("the other process hands it over", seconds(20), || inside.inbox().len() == 1);
    let token = format!("PRIVATE-TOKEN: {}", inside.token());
    for (value, code) in [(true, 550), (false, 250), (true, 550), (false, 250)] {
        let path = format!("/api/v4/application/settings?maintenance_mode={value}");
        assert_eq!(request(inside.http_port, "PUT", &path, &[&token], b"").status, 200);
        smtp.mail_from("ann@outside.test");
        assert_eq!(smtp.rcpt_to(ISSUE).code, code, "maintenance_mode={value}");
        smtp.say("RSET");
    }
    let on = inside.console(&["maintenance", "on"]);
    assert!(on.err.contains("2 of 2 live nodes have seen it"), "{}", on.err);
}

#[test]
fn a_locked_store_answers_4xx_and_goes_on_when_it_is_free() {
    let gateway = Gateway::start();
    let mut smtp = gateway.smtp();
    let mut locks = Command::new("/usr/bin/python3");
    locks.arg("-c").arg(LOCKS).arg(gateway.path("data/postern.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut stranger = locks.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(stranger.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "locked\n");
    let reply = smtp.send("ann@outside.test", ISSUE, &message("locked"));
    assert_eq!((reply.code, reply.text.starts_with("4.3.0")), (451, true), "{reply:?}");
    assert_eq!(request(gateway.http_port, "GET", "/api/v4/maintenance", &[], b"").status, 200);
    drop(stranger.stdin.take());
    stranger.wait().unwrap();
    until_true("mail is taken again", seconds(20), || {
        smtp.send("ann@outside.test", ISSUE, &message("free")).code == 250
    });
    until_true("it is handed over", seconds(20), || gateway.inbox().len() == 1);
}

#[test]
fn a_first_start_that_dies_leaves_an_administrator_that_somebody_knows() {
    for marker in ["data/postern.db", "data/postern.db-wal", "data/admin-credentials.new", "data/admin-credentials"] {
        let mut gateway = Gateway::prepare(&[]);
        let mut dies = gateway.spawn("smtp,deliver,http");
        let deadline = Deadline::after(seconds(20));
        while !gateway.path(marker).exists() && !deadline.is_over() && !gateway.greeting().contains("running") {
            std::hint::spin_loop();
        }
        dies.kill().unwrap();
        dies.wait().unwrap();
        gateway.begin();
        let token = format!("PRIVATE-TOKEN: {}", gateway.token());
        let answer = request(gateway.http_port, "GET", "/api/v4/application/settings", &[&token], b"");
        assert_eq!(answer.status, 200, "killed at {marker}");
    }
}

#[test]
fn the_largest_mail_is_taken_whole_and_a_larger_one_is_refused() {
    let gateway = Gateway::start();
    let most = 26_214_400;
    let mut mail = message("largest");
    let line = format!("{}\r\n", "y".repeat(98));
    mail.extend(line.repeat((most - mail.len()) / 100).into_bytes());
    mail.extend(format!("{}\r\n", "z".repeat(most - mail.len() - 2)).into_bytes());
    assert_eq!(mail.len(), most);
    let mut smtp = gateway.smtp();
    assert_eq!(smtp.say(&format!("MAIL FROM:<ann@outside.test> SIZE={}", most + 1)).code, 552);
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &mail).code, 250);
    mail.extend(b"\r\n");
    let reply = smtp.send("ann@outside.test", ISSUE, &mail);
    assert_eq!((reply.code, reply.text.starts_with("5.3.4")), (552, true), "{reply:?}");
    mail.truncate(most);
    until_true("it is handed over", seconds(30), || gateway.inbox().len() == 1);
    assert!(gateway.inbox()[0].ends_with(&mail), "its bytes changed");
    let row = gateway.console(&["report", "incoming"]).rows().remove(0);
    assert_eq!(row["size_bytes"], json!(most));
}
