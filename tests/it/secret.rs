//! Searches every file of the store, byte by byte, for valid tokens.

use crate::harness::files::holds;
use crate::harness::gateway::Gateway;
use crate::harness::port;
use crate::harness::reader;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::wait::{seconds, until_true};
use serde_json::{Value, json};

/// A notification that is long enough to spread over several database pages, and has nothing that
/// needs Base64.
fn reset(token: &str) -> Value {
    let text = format!("Open https://forge.test/reset?token={token}\n{}\nAgain: {token}\n", "filling ".repeat(900));
    json!({"kind": "reset_password_instructions", "to": ["ann@people.test", "bob@people.test"], "subject": format!("Reset {token}"), "text": text})
}

/// The files of the store that contain `token`.
fn files_with(gateway: &Gateway, token: &str) -> Vec<String> {
    let read = |path: &std::path::PathBuf| std::fs::read(path).is_ok_and(|bytes| holds(&bytes, token));
    gateway.store_files().iter().filter(|path| read(path)).map(|path| path.display().to_string()).collect()
}

fn is_gone(gateway: &Gateway, token: &str) {
    until_true(&format!("no file of the store holds {token}"), seconds(15), || files_with(gateway, token).is_empty());
    assert!(!gateway.log().contains(token), "the log holds it");
}

#[test]
fn a_token_suppressed_when_enqueued_is_never_on_the_disk_for_long() {
    let gateway = Gateway::start();
    gateway.maintenance_on();
    let rows: Vec<Value> = (0..20).map(|n| gateway.enqueue(&reset(&format!("s3cret-at-once-{n}")))).collect();
    assert!(rows.iter().all(|row| row["state"] == "suppressed"));
    is_gone(&gateway, "s3cret-at-once-");
    assert!(!gateway.console(&["report", "suppressed"]).well().contains("s3cret"));
}

#[test]
fn a_queued_token_is_gone_soon_after_the_mode_came_on() {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &dead)]);
    for n in 0..20 {
        gateway.enqueue(&reset(&format!("s3cret-queued-{n}")));
    }
    assert!(!files_with(&gateway, "s3cret-queued-").is_empty(), "the search finds nothing at all");
    gateway.maintenance_on();
    is_gone(&gateway, "s3cret-queued-");
}

#[test]
fn a_token_wiped_by_a_console_while_somebody_reads_is_gone_soon_after_they_stop() {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &dead)]);
    gateway.enqueue(&reset("s3cret-read"));
    let reading = reader::begin(&gateway.path("data/postern.db"));
    gateway.console(&["settings", "set", "maintenance_mode=true"]).well();
    assert!(!files_with(&gateway, "s3cret-read").is_empty(), "nobody was in the way");
    drop(reading);
    is_gone(&gateway, "s3cret-read");
}

#[test]
fn a_delivered_token_is_gone_soon_after() {
    let smarthost = Scripted::start();
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    for n in 0..20 {
        gateway.enqueue(&reset(&format!("s3cret-sent-{n}")));
    }
    until_true("all are taken", seconds(30), || smarthost.messages().len() == 40);
    is_gone(&gateway, "s3cret-sent-");
}

#[test]
fn a_token_delivered_to_a_folder_is_only_there() {
    let gateway = Gateway::start();
    gateway.enqueue(&reset("s3cret-filed"));
    let sent = || crate::harness::files::maildir(&gateway.path("data/sent"));
    until_true("both are written", seconds(20), || sent().len() == 2);
    is_gone(&gateway, "s3cret-filed");
    assert!(sent().iter().all(|mail| holds(mail, "s3cret-filed")));
}

#[test]
fn a_cancelled_token_is_gone_soon_after() {
    let dead = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &dead)]);
    gateway.enqueue(&reset("s3cret-cancelled"));
    gateway.await_standstill("relay");
    gateway.console(&["queue", "cancel", "--all"]).well();
    is_gone(&gateway, "s3cret-cancelled");
}

#[test]
fn a_crash_right_after_the_delivery_leaves_no_token_for_the_next_start() {
    let smarthost = Scripted::start();
    let mut gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let row = gateway.enqueue(&reset("s3cret-crash"));
    let ids: Vec<&str> = row["deliveries"].as_array().unwrap().iter().filter_map(|one| one["id"].as_str()).collect();
    let is_delivered = |id: &&str| gateway.console(&["queue", "show", id]).json()["state"] == "delivered";
    until_true("both are delivered", seconds(20), || ids.iter().all(is_delivered));
    gateway.kill9();
    gateway.begin();
    is_gone(&gateway, "s3cret-crash");
}

#[test]
fn a_message_revoked_on_the_way_out_is_gone_too() {
    let smarthost = Scripted::holding(Hold::Data, "ann@people.test");
    let gateway = Gateway::start_with(&[("RELAY__URL", &smarthost.url())]);
    let request = json!({"kind": "reset_password_instructions", "to": ["ann@people.test"], "subject": "Reset", "text": "s3cret-revoked"});
    gateway.enqueue(&request);
    smarthost.await_holding();
    gateway.maintenance_on();
    smarthost.release();
    is_gone(&gateway, "s3cret-revoked");
    assert!(!holds(&smarthost.every_byte(), "s3cret-revoked"));
}
