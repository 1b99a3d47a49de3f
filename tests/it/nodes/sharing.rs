//! Several processes, each with its own listeners, act as one gateway.

use super::note;
use crate::harness::files::header;
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::shared::Shared;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use std::collections::BTreeSet;

const MAILS: usize = 40;
const NOTES: usize = 80;

fn enqueue(http: &Gateway, token: &str, name: &str) {
    let headers = [token, "Content-Type: application/json"];
    let body = note(name).to_string();
    let answer = request(http.http_port, "POST", "/api/v4/internal/notifications", &headers, body.as_bytes());
    assert_eq!(answer.status, 202, "{:?}", answer.json());
}

/// A busy worker does not block others: each has one line, and another worker does not touch its
/// claims.
#[test]
fn processes_with_different_doors_on_one_database_share_the_work() {
    let shared = Shared::postgres();
    let (held, free) = (Scripted::holding(Hold::Dot, "first@people.test"), Scripted::start());
    let worker =
        |smarthost: &Scripted| shared.gateway(&[("RELAY__URL", &smarthost.url()), ("RELAY__CONNECTIONS", "1")]);
    let (mut smtp, mut http, mut one, mut other) =
        (shared.gateway(&[]), shared.gateway(&[]), worker(&held), worker(&free));
    smtp.begin_only("smtp");
    http.begin_only("http");
    one.begin_only("deliver");
    let token = http.console(&["token", "create", "app", "--scope", "api"]).well();
    let token = format!("PRIVATE-TOKEN: {}", token.trim());
    enqueue(&http, &token, "first");
    held.await_holding();
    other.begin_only("deliver");
    let mut client = smtp.smtp();
    for number in 0..MAILS {
        let name = format!("mail-{number}");
        assert_eq!(client.send("ann@outside.test", ISSUE, &message(&name)).code, 250);
    }
    (1..NOTES).for_each(|number| enqueue(&http, &token, &format!("note-{number}")));
    until_true("the other does all the rest", seconds(60), || free.messages().len() == NOTES - 1);
    held.release();
    let waits = || http.console(&["queue", "list"]).rows().len();
    until_true("nothing waits", seconds(60), || waits() == 0);
    assert_eq!((held.recipients(), free.messages().len()), (vec!["first@people.test".to_owned()], NOTES - 1));
    let subjects: BTreeSet<_> = shared.inbox().iter().map(|mail| header(mail, "Subject")).collect();
    assert_eq!((subjects.len(), shared.inbox().len()), (MAILS, MAILS), "something was handed over twice");
    let on = smtp.console(&["maintenance", "on"]);
    assert!(on.err.contains("4 of 4 live nodes have seen it"), "{}", on.err);
    client.mail_from("ann@outside.test");
    assert_eq!(client.rcpt_to(ISSUE).code, 550);
}
