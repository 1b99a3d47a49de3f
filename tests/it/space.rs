//! A full disk: accepted work is not lost, and the gateway continues by itself when there is space
//! again.

use crate::harness::files::header;
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// A small file system, unmounted on drop.
struct Small(PathBuf);

impl Small {
    /// Mounts it. Where mounting is not permitted it prints the reason and returns `None`.
    fn mount(place: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&place).unwrap();
        let option = format!("size={size},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &option, "postern-it"]).arg(&place).output();
        match mounted {
            Ok(answer) if answer.status.success() => Some(Self(place)),
            other => {
                eprintln!("SKIPPED: a small file system cannot be mounted here: {other:?}");
                None
            }
        }
    }

    /// Uses all the space that is left.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn big(name: &str) -> Vec<u8> {
    let mut mail = message(name);
    mail.extend(format!("{}\r\n", "x".repeat(70)).repeat(700).into_bytes());
    mail
}

#[test]
fn a_full_disk_answers_452_loses_nothing_and_goes_on_when_there_is_space() {
    let mut gateway = Gateway::prepare(&[]);
    let Some(disk) = Small::mount(gateway.path("data"), "12m") else { return };
    gateway.begin();
    let mut taken = Vec::new();
    let mut smtp = gateway.smtp();
    let mut send = |name: String| {
        let reply = smtp.send("ann@outside.test", ISSUE, &big(&name));
        if reply.code == 250 {
            taken.push(name);
        }
        reply
    };
    assert_eq!(send("first".into()).code, 250);
    disk.fill();
    let reply = (0..300).map(|n| send(format!("filling-{n}"))).find(|reply| reply.code != 250).expect("it never fills");
    assert_eq!((reply.code, reply.text.starts_with("4.3.1")), (452, true), "{reply:?}");
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let note =
        json!({"kind": "new_note", "to": ["a@people.test"], "subject": "s", "text": "x".repeat(200_000)}).to_string();
    let headers = [token.as_str(), "Content-Type: application/json"];
    let answer = request(gateway.http_port, "POST", "/api/v4/internal/notifications", &headers, note.as_bytes());
    assert_eq!(answer.status, 503, "{:?}", answer.json());
    assert!(answer.json()["detail"].as_str().unwrap().contains("free some space"), "{:?}", answer.json());
    assert_eq!(request(gateway.http_port, "GET", "/-/liveness", &[], b"").status, 200);
    disk.free();
    until_true("mail is taken again", seconds(20), || send("afterwards".into()).code == 250);
    until_true("everything is handed over", seconds(60), || gateway.inbox().len() == taken.len());
    for name in &taken {
        let is_it = |mail: &Vec<u8>| header(mail, "Subject").as_ref() == Some(name) && mail.ends_with(&big(name));
        assert_eq!(gateway.inbox().iter().filter(|mail| is_it(mail)).count(), 1, "{name}");
    }
    assert!(gateway.is_running());
}

#[test]
fn a_full_inbox_makes_mail_wait_and_the_queue_says_why() {
    let mut gateway = Gateway::prepare(&[("APP__URL", "maildir:inbox")]);
    let Some(disk) = Small::mount(gateway.path("inbox"), "1m") else { return };
    gateway.begin();
    disk.fill();
    assert_eq!(gateway.smtp().send("ann@outside.test", ISSUE, &big("waits")).code, 250);
    let said = gateway.await_standstill("hand_over");
    assert!(said.err.contains("make it writable or free space"), "{}", said.err);
    let waiting = said.rows();
    assert_eq!((waiting.len(), &waiting[0]["attempts"]), (1, &json!(0)), "{waiting:?}");
    disk.free();
    let inbox = || crate::harness::files::maildir(&gateway.path("inbox"));
    until_true("it is handed over", seconds(40), || inbox().len() == 1);
    assert!(inbox()[0].ends_with(&big("waits")), "it is cut");
}
