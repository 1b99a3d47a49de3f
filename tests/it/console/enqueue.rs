//! `postern enqueue`: notifications from files.

use crate::harness::files::{self, header};
use crate::harness::gateway::Gateway;
use crate::harness::wait::{seconds, until_true};
use serde_json::json;

fn sent(gateway: &Gateway) -> Vec<Vec<u8>> {
    files::maildir(&gateway.path("data/sent"))
}

#[test]
fn json_ndjson_and_eml_files_are_enqueued_together() {
    let gateway = Gateway::start();
    let note =
        |n: u32| json!({"kind": "new_note", "to": ["ann@people.test"], "subject": format!("note {n}"), "text": "t"});
    std::fs::write(gateway.path("one.json"), note(1).to_string()).unwrap();
    std::fs::write(gateway.path("many.ndjson"), format!("{}\n\n{}\n", note(2), note(3))).unwrap();
    let raw = "From: f@forge.test\nTo: ann@people.test\nSubject: note 4\nMessage-ID: <four@forge.test>\n\n.\nready\n";
    std::fs::write(gateway.path("ready.eml"), raw).unwrap();
    let answer = gateway.console(&[
        "enqueue",
        "one.json",
        "many.ndjson",
        "ready.eml",
        "--kind",
        "new_note",
        "--to",
        "ann@people.test",
        "--to",
        "bob@people.test",
    ]);
    let rows = answer.rows();
    assert!(rows.len() == 4 && rows.iter().all(|row| row["state"] == "queued"), "{rows:?}");
    assert_eq!(rows[3]["deliveries"].as_array().unwrap().len(), 2);
    until_true("all are sent", seconds(20), || sent(&gateway).len() == 5);
    let mails = sent(&gateway);
    let ready: Vec<_> = mails.iter().filter(|mail| files::holds(mail, "Message-ID: <four@forge.test>")).collect();
    assert_eq!(ready.len(), 2);
    for mail in ready {
        assert!(mail.ends_with(b"\r\n\r\n.\r\nready\r\n"), "{}", String::from_utf8_lossy(mail));
        assert_eq!(header(mail, "Return-Path").as_deref(), Some("<forge@forge.test>"));
    }
}

#[test]
fn what_is_wrong_is_named_by_file_line_and_member_and_the_rest_goes() {
    let gateway = Gateway::start();
    let good = json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": "t"});
    let lines = [good.to_string(), "{\"kind\": 7}".into(), "{\"kind\" no".into(), good.to_string()].join("\n");
    std::fs::write(gateway.path("many.ndjson"), lines).unwrap();
    let answer = gateway.console(&["enqueue", "many.ndjson"]);
    assert!(answer.code == 1 && answer.err.ends_with("2 queued, 2 rejected.\n"), "{answer:?}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&answer.out).unwrap();
    let states: Vec<_> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["queued", "rejected", "rejected", "queued"]);
    assert!(rows[1]["error"].as_str().unwrap().starts_with("many.ndjson:2: kind: "), "{}", rows[1]);
    assert_eq!(rows[2]["error"], "many.ndjson:3: body: expected `:` at column 9");
    until_true("the good ones are sent", seconds(20), || sent(&gateway).len() == 2);
    for (file, word) in [("missing.json", "missing.json"), ("notes.txt", ".ndjson")] {
        std::fs::write(gateway.path("notes.txt"), "x").unwrap();
        let answer = gateway.console(&["enqueue", file]);
        assert!(answer.code > 0 && answer.err.contains(word), "{answer:?}");
    }
    std::fs::write(gateway.path("ready.eml"), "Subject: x\n\nx\n").unwrap();
    let answer = gateway.console(&["enqueue", "ready.eml"]);
    assert!(answer.code == 2 && answer.err.contains("--kind"), "{answer:?}");
}

#[test]
fn the_same_key_with_the_same_bytes_is_enqueued_once() {
    let gateway = Gateway::start();
    let note = |text: &str| json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": text, "idempotency_key": "k1"});
    let first = gateway.enqueue(&note("t"));
    assert_eq!(gateway.enqueue(&note("t")), first);
    std::fs::write(gateway.path("other.json"), note("other").to_string()).unwrap();
    let other = gateway.console(&["enqueue", "other.json"]);
    assert!(other.code == 1 && other.out.contains("use a new key for new content"), "{other:?}");
    until_true("it is sent", seconds(20), || sent(&gateway).len() == 1);
}

#[test]
fn an_undeclared_kind_goes_out_with_a_warning_or_is_rejected_by_setting() {
    let mut gateway = Gateway::start();
    let odd = json!({"kind": "new_not", "to": ["ann@people.test"], "subject": "s", "text": "t"});
    let row = gateway.enqueue(&odd);
    assert!(row["warnings"][0].as_str().unwrap().contains("new_note"), "{row}");
    gateway.set("NOTIFICATIONS__UNKNOWN_KIND", "reject");
    std::fs::write(gateway.path("odd.json"), odd.to_string()).unwrap();
    let answer = gateway.console(&["enqueue", "odd.json"]);
    assert!(answer.code == 1 && answer.out.contains("new_note"), "{answer:?}");
}

#[test]
fn a_terminal_says_why_each_line_was_rejected_and_how_many_came_to_what() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let of = |kind: &str| json!({"kind": kind, "to": ["ann@people.test"], "subject": "s", "text": "t"}).to_string();
    let mut lines = vec![of("new_note"), of("reset_password_instructions"), "no json".into(), of("odd"), of("odd")];
    std::fs::write(gateway.path("bad.ndjson"), lines.join("\n")).unwrap();
    let few = gateway.terminal(80, &["enqueue", "bad.ndjson"]);
    let said: Vec<&str> = few.err.lines().collect();
    assert_eq!((few.code, said.len()), (1, 3), "{few:?}");
    assert_eq!(
        said[0],
        "bad.ndjson:3: body: is no JSON object: write one for a notification; many are application/x-ndjson, an object a line"
    );
    assert!(said[1].starts_with("bad.ndjson:4: ") && said[1].contains("odd"), "{few:?}");
    assert_eq!(said[2], "3 queued, 1 suppressed, 1 rejected.");
    assert!(few.out.contains("suppressed") && !few.out.contains("rejected"), "{few:?}");

    lines.extend(std::iter::repeat_n(of("new_note"), 1_100));
    std::fs::write(gateway.path("many.ndjson"), lines.join("\n")).unwrap();
    let many = gateway.terminal(80, &["enqueue", "many.ndjson"]);
    assert!(many.err.contains("many.ndjson:3: ") && !many.out.contains("new_note"), "{many:?}");
    assert!(many.err.ends_with("1,103 queued, 1 suppressed, 1 rejected.\n") && !many.out.contains('│'), "{many:?}");
    let piped = gateway.console(&["enqueue", "many.ndjson"]);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&piped.out).unwrap().len(), 1_105);
}
