//! Several processes on one store: they share the work, take over from each other, and never do anything twice.
//!
//! `slow` and `stopped` wait for leases of 30 s to end or to be renewed: each takes about 45 s, most of it asleep, for both
//! kinds of store at the same time.

mod dying;
mod schema;
mod sharing;
mod slow;
mod stopped;

use crate::harness::shared::Shared;
use serde_json::{Value, json};

/// A notification that always goes out.
fn note(name: &str) -> Value {
    json!({"kind": "new_note", "to": [format!("{name}@people.test")], "subject": name, "text": "Hello"})
}

/// One that the mode keeps back.
fn page(name: &str) -> Value {
    let text = format!("The disk of {name} is full");
    json!({"kind": "prometheus_alert_fired", "to": [format!("{name}@people.test")], "subject": name, "text": text})
}

/// Holds `sentence` to be true on both kinds of store, at the same time.
fn on_both(sentence: fn(&Shared)) {
    std::thread::scope(|scope| {
        for shared in [Shared::sqlite(), Shared::postgres()] {
            scope.spawn(move || sentence(&shared));
        }
    });
}

/// How the attempts at a delivery ended, as `queue show` tells it.
fn outcomes(shown: &Value) -> Vec<&str> {
    shown["attempt_history"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect()
}

/// The id of the only delivery of a notification, from the row its enqueueing printed.
fn delivery(row: &Value) -> String {
    row["deliveries"][0]["id"].as_str().unwrap().to_owned()
}
