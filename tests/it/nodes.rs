//! Several processes on one store: they share the work, take over from each other, and never do
//! anything twice.
//!
//! `slow` and `stopped` wait until leases of 30 s end or are renewed. Each takes about 45 s, mostly
//! asleep, and tests both kinds of store at the same time.

mod dying;
mod schema;
mod sharing;
mod slow;
mod stopped;

use crate::harness::shared::Shared;
use serde_json::{Value, json};

/// A notification that is always sent.
fn note(name: &str) -> Value {
    json!({"kind": "new_note", "to": [format!("{name}@people.test")], "subject": name, "text": "Hello"})
}

/// A notification that the mode suppresses.
fn page(name: &str) -> Value {
    let text = format!("The disk of {name} is full");
    json!({"kind": "prometheus_alert_fired", "to": [format!("{name}@people.test")], "subject": name, "text": text})
}

/// Runs `sentence` on both kinds of store at the same time.
fn on_both(sentence: fn(&Shared)) {
    std::thread::scope(|scope| {
        for shared in [Shared::sqlite(), Shared::postgres()] {
            scope.spawn(move || sentence(&shared));
        }
    });
}

/// The outcomes of the attempts at a delivery, from `queue show`.
fn outcomes(shown: &Value) -> Vec<&str> {
    shown["attempt_history"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect()
}

/// The id of a notification's only delivery, from the printed row.
fn delivery(row: &Value) -> String {
    row["deliveries"][0]["id"].as_str().unwrap().to_owned()
}
