//! Kills the gateway while notifications are enqueued and delivered.

use super::{EndsLoad, Load};
use crate::harness::files;
use crate::harness::gateway::Gateway;
use crate::harness::http::try_request;
use crate::harness::scripted::Scripted;
use crate::harness::wait::{seconds, until_true};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Stdio;

fn note(name: &str) -> Value {
    let (text, id) = ("Hello\n".repeat(40), format!("<{name}@forge.test>"));
    json!({"kind": "new_note", "to": ["ann@people.test"], "subject": name, "text": text, "message_id": id, "idempotency_key": name})
}

/// Behaves like an application: repeats each request with the same key until it gets 202. Returns
/// names and delivery ids.
fn application(port: u16, token: &str, number: usize, load: &Load) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    while !load.is_over() {
        let name = format!("note-{number}-{}", kept.len());
        let body = note(&name).to_string().into_bytes();
        let headers = [token, "Content-Type: application/json"];
        match try_request(port, "POST", "/api/v4/internal/notifications", &headers, &body) {
            Ok(answer) if answer.status == 202 => {
                kept.push((name, answer.json()["deliveries"][0]["id"].as_str().unwrap().to_owned()));
                load.count();
            }
            Ok(answer) => assert_eq!(answer.status, 503, "{:?}", answer.json()),
            Err(_) => std::thread::yield_now(),
        }
    }
    kept
}

/// Asserts that every kept notification arrived. One that arrived more than once has an attempt
/// with an unknown outcome, and the same bytes each time.
fn is_all_delivered(gateway: &Gateway, smarthost: &Scripted, kept: &[(String, String)]) {
    let waits = || gateway.console(&["queue", "list"]).rows().len();
    until_true("everything is delivered", seconds(60), || waits() == 0);
    let mut arrived: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (_, message) in smarthost.messages() {
        arrived.entry(files::header(&message, "Subject").unwrap()).or_default().push(message);
    }
    for (name, id) in kept {
        let copies = arrived.get(name).unwrap_or_else(|| panic!("{name} is lost"));
        assert_eq!(files::header(&copies[0], "Message-ID").unwrap(), format!("<{name}@forge.test>"));
        assert!(copies.iter().all(|copy| *copy == copies[0]), "{name} came with other bytes");
        if copies.len() > 1 {
            let shown = gateway.console(&["queue", "show", id]).json();
            let attempts = shown["attempt_history"].as_array().unwrap();
            let unknown = attempts.iter().filter(|one| one["outcome"] == "unknown").count();
            assert!(unknown >= copies.len() - 1, "{name} came {} times: {shown}", copies.len());
        }
    }
}

#[test]
fn a_notification_answered_202_is_delivered_however_often_the_gateway_dies() {
    let smarthost = Scripted::start();
    let mut gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let (load, port) = (Load::default(), gateway.http_port);
    let token = format!("PRIVATE-TOKEN: {}", gateway.token());
    let mut kept = Vec::new();
    std::thread::scope(|scope| {
        let (load, token) = (&load, &token);
        let _ends = EndsLoad(load);
        let apps: Vec<_> = (0..4).map(|number| scope.spawn(move || application(port, token, number, load))).collect();
        load.kill_in_the_middle(&mut gateway, 6);
        load.end();
        for app in apps {
            kept.extend(app.join().unwrap());
        }
    });
    is_all_delivered(&gateway, &smarthost, &kept);
}

#[test]
fn a_row_the_console_printed_is_delivered_although_the_console_was_killed() {
    let smarthost = Scripted::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let mut kept = Vec::new();
    for round in 0..3 {
        let lines: Vec<String> = (0..1500).map(|n| note(&format!("row-{round}-{n}")).to_string()).collect();
        std::fs::write(gateway.path("many.ndjson"), lines.join("\n")).unwrap();
        let out = gateway.path(&format!("rows-{round}"));
        let mut command = gateway.command(&["enqueue", "many.ndjson", "--format", "json"]);
        let file = std::fs::File::create(&out).unwrap();
        let mut console = command.stdout(file).stderr(Stdio::null()).spawn().unwrap();
        let rows = || std::fs::read_to_string(&out).unwrap().lines().filter(|line| line.starts_with('{')).count();
        until_true("some rows are printed", seconds(30), || rows() >= 100 * (round + 1));
        console.kill().unwrap();
        console.wait().unwrap();
        let printed = std::fs::read_to_string(&out).unwrap();
        for (n, line) in printed.lines().skip(1).enumerate() {
            let Ok(row) = serde_json::from_str::<Value>(line.trim_end_matches(',')) else { continue };
            kept.push((format!("row-{round}-{n}"), row["deliveries"][0]["id"].as_str().unwrap().to_owned()));
        }
    }
    assert!(kept.len() >= 500);
    is_all_delivered(&gateway, &smarthost, &kept);
    assert!(smarthost.messages().len() >= kept.len());
}
