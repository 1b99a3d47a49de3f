//! What programs read from the console, byte for byte, compared with `fixtures/shown/console.txt`.
//!
//! After an intended change: `UPDATE_SHOWN=1 cargo test --test it console::shown`, and a look at
//! the diff.

use crate::harness::gateway::{Gateway, ISSUE, PERSON};
use crate::harness::port;
use crate::harness::smtp::message;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

const FILE: &str = "fixtures/shown/console.txt";

/// The formats for programs, and the table that a pipe gets.
const FORMATS: [&str; 3] = ["json", "csv", "table"];

/// Commands that show things of the gateway below; an id stands for the first of the queue.
const LISTS: &[&str] = &[
    "settings get",
    "maintenance status",
    "maintenance history",
    "maintenance windows list",
    "report suppressed",
    "report incoming",
    "queue list",
    "queue show ID",
    "jobs list",
    "token list",
    "user list",
    "kinds list",
    "kinds explain new_note",
];

/// `text` with ids by their place and every digit of a time as `N`: what differs from run to run is
/// not compared, how it is written is.
fn blotted(text: &str, ids: &mut Vec<String>) -> String {
    let mut blotted = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let taken = if let Some(id) = rest.get(..36).filter(|id| is_like(id, "HHHHHHHH-HHHH-HHHH-HHHH-HHHHHHHHHHHH")) {
            let place = ids.iter().position(|other| other == id).unwrap_or(ids.len());
            if place == ids.len() {
                ids.push(id.to_owned());
            }
            // As wide as an id, so that tables keep their shape.
            write!(blotted, "{:36}", format!("<id {place}>")).unwrap();
            id
        } else if let Some(time) = rest.get(..19).filter(|time| is_like(time, "NNNN-NN-NN?NN:NN:NN")) {
            let end = rest.find('Z').map_or(time.len(), |place| place + 1);
            blotted.extend(rest[..end].chars().map(|c| if c.is_ascii_digit() { 'N' } else { c }));
            &rest[..end]
        } else {
            blotted.push(next);
            &rest[..next.len_utf8()]
        };
        rest = &rest[taken.len()..];
    }
    blotted
}

fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
            b'H' => byte.is_ascii_hexdigit(),
            b'N' => byte.is_ascii_digit(),
            // Tables write times for people.
            b'?' => matches!(byte, b'T' | b' '),
            other => byte == other,
        })
}

/// A gateway that has stopped, with something to show of everything.
fn stopped() -> Gateway {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let mut gateway = Gateway::prepare(&[("RELAY__URL", &dead), ("MAINTENANCE__ACCEPTED_BEFORE", "wait")]);
    gateway.begin_only("smtp,http");
    gateway.console(&["user", "add", "ann"]).well();
    let shown = |line: &str| gateway.console(&line.split(' ').collect::<Vec<_>>()).well();
    shown("maintenance schedule 2099-12-01T02:00Z --for 2h --auto-off");
    gateway.enqueue(
        &json!({"kind": "new_note", "to": ["ann@people.test"], "subject": "s", "text": "t", "reference": "note-42"}),
    );
    let set = ["settings", "set", "maintenance_mode=true", "maintenance_mode_message=Moving, \"really\""];
    gateway.console(&[&set[..], &["maintenance_mode_until=2099-12-01T04:00Z"]].concat()).well();
    let alert = json!({"kind": "prometheus_alert_fired", "to": ["ann@people.test"], "subject": "=1", "text": "t"});
    gateway.enqueue(&alert);
    let reset =
        json!({"kind": "reset_password_instructions", "to": ["bob@people.test"], "subject": "Reset", "text": "t"});
    gateway.enqueue(&reset);
    let mut smtp = gateway.smtp();
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &message("refused")).code, 550);
    assert_eq!(smtp.send("ann@outside.test", PERSON, &message("person")).code, 250);
    drop(smtp);
    shown("jobs pause retention");
    gateway.stop();
    gateway
}

#[test]
fn every_command_shows_the_bytes_on_file() {
    let gateway = stopped();
    let queued = gateway.console(&["queue", "list"]).rows();
    let first = queued[0]["id"].as_str().unwrap();
    let (mut shown, mut ids) = (String::new(), Vec::new());
    for command in LISTS {
        for format in FORMATS {
            let words: Vec<&str> = command.split(' ').map(|word| if word == "ID" { first } else { word }).collect();
            let answer = gateway.console(&[&words[..], &["--format", format]].concat());
            let (program, folder) = (format!("{command} --format {format}"), gateway.folder().display().to_string());
            write!(shown, "$ postern {program}\n{}\n", blotted(&answer.well().replace(&folder, "FOLDER"), &mut ids))
                .unwrap();
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_SHOWN").is_some() {
        std::fs::write(&file, &shown).unwrap();
    }
    let on_file = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = on_file.lines().zip(shown.lines()).find(|(there, here)| there != here);
    assert!(on_file == shown, "{FILE} is not what is shown; first difference, on file and now: {differs:#?}");
}
