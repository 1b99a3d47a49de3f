//! Collects the state at the end of a run: what is on record, what was tried, what arrived.

use super::check::{Attempt, Flow, History, Micros, Row, Said};
use super::clients::{Clients, Node};
use crate::harness::files::header;
use crate::harness::gateway::Gateway;
use crate::harness::http::request;
use crate::harness::scripted::Scripted;
use crate::harness::shared::Shared;
use serde_json::Value;
use std::collections::BTreeSet;

/// Combines the clients' logs with that state.
pub fn gather(
    clients: Clients,
    console: &Gateway,
    token: &str,
    nodes: &[Node],
    shared: &Shared,
    smarthost: &Scripted,
) -> History {
    let port = nodes.iter().find_map(|node| node.http).expect("a node with HTTP");
    let versions = console.console(&["maintenance", "history", "--limit", "100000"]).rows();
    let mut notifications = Flow { is_taken_back: true, arrived: sent(smarthost), ..Flow::default() };
    for enqueued in clients.enqueued.into_inner().unwrap() {
        let path = format!("/api/v4/internal/notifications/{}", enqueued.id);
        let shown = request(port, "GET", &path, &[&format!("PRIVATE-TOKEN: {token}")], b"").json();
        note(&mut notifications, &enqueued.name, &shown["deliveries"][0]);
    }
    the_report_lists_the_suppressed(console, &notifications);
    notifications.offers = clients.notifications.into_inner().unwrap();
    let mail = Flow {
        offers: clients.mails.into_inner().unwrap(),
        rows: console.console(&["report", "incoming"]).rows().iter().map(mail_row).collect(),
        arrived: shared.inbox().iter().map(|mail| handed_over(mail)).collect(),
        ..Flow::default()
    };
    History {
        versions: versions.iter().map(|row| (row["version"].as_i64().unwrap(), row["to"]["mode"] == "on")).collect(),
        changes: clients.changes.into_inner().unwrap(),
        mail,
        notifications,
    }
}

/// The numbers of all items, in one line.
pub fn numbers(history: &History) -> String {
    let of = |flow: &Flow, said| flow.offers.iter().filter(|offer| offer.said == said).count();
    let flow = |flow: &Flow| {
        let told = [Said::Taken, Said::Kept, Said::Later, Said::Nothing].map(|said| of(flow, said));
        format!("{told:?} taken, kept back, deferred, unknown; {} arrived", flow.arrived.len())
    };
    let (mail, notifications) = (flow(&history.mail), flow(&history.notifications));
    format!("{} versions; mail: {mail}; notifications: {notifications}", history.versions.len())
}

/// Fails if one kind of answer never occurred, because such a run proves little.
pub fn assert_worth_something(history: &History) {
    for flow in [&history.mail, &history.notifications] {
        for said in [Said::Taken, Said::Kept] {
            assert!(
                flow.offers.iter().any(|offer| offer.is_blocked && offer.said == said),
                "nothing blocked was {said:?}"
            );
        }
    }
    assert!(history.notifications.attempts.len() > 10 && history.versions.len() > 10);
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn mail_row(row: &Value) -> Row {
    let name = format!("{}/{}", text(row, "sender").trim_end_matches("@outside.test"), text(row, "intent"));
    Row { name, is_taken: row["verdict"] == "accept", version: row["mode_version"].as_i64().unwrap() }
}

fn handed_over(mail: &[u8]) -> String {
    let part = |name| header(mail, name).unwrap();
    format!("{}/{}", part("Subject"), part("X-Postern-Intent"))
}

/// The recipient of every message that arrived. Each notification has its own recipient.
fn sent(smarthost: &Scripted) -> Vec<String> {
    let name = |recipient: String| recipient.trim_end_matches("@people.test").to_owned();
    smarthost.recipients().into_iter().map(name).collect()
}

fn note(flow: &mut Flow, name: &str, delivery: &Value) {
    let (is_taken, version) = (delivery["state"] != "suppressed", delivery["mode_version"].as_i64().unwrap());
    flow.rows.push(Row { name: name.to_owned(), is_taken, version });
    let time = |attempt: &Value, at: &str| -> Micros {
        text(attempt, at).parse::<jiff::Timestamp>().unwrap().as_microsecond()
    };
    for attempt in delivery["attempts"].as_array().unwrap() {
        let (started, ended) = (time(attempt, "started_at"), time(attempt, "ended_at"));
        flow.attempts.push(Attempt { name: name.into(), started, ended, is_unknown: attempt["outcome"] == "unknown" });
    }
}

/// Asserts that the report and the notifications themselves agree.
fn the_report_lists_the_suppressed(console: &Gateway, flow: &Flow) {
    let report = console.console(&["report", "suppressed"]).rows();
    let listed: BTreeSet<String> = report.iter().map(|row| text(row, "reference")).collect();
    let suppressed = flow.rows.iter().filter(|row| !row.is_taken).map(|row| row.name.clone()).collect();
    assert_eq!((listed.len(), &listed), (report.len(), &suppressed), "the report and the notifications differ");
}
