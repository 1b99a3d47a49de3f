//! A process that is killed.

use super::{delivery, note, outcomes};
use crate::harness::app::{App, SECRET};
use crate::harness::gateway::ISSUE;
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::shared::Shared;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};

/// Leases last 30 s and workers poll twice a second, so docs/operating.md promises 35 s; the rest
/// is for a busy machine.
const GIVEN_BACK: u64 = 45;

#[test]
fn on_postgres_a_killed_node_gives_its_work_to_another_when_its_leases_end() {
    let shared = Shared::postgres();
    let (app, silent, smarthost) =
        (App::holding(), Scripted::holding(Hold::Recipient, "ann@people.test"), Scripted::start());
    let mut dies =
        shared.gateway(&[("RELAY__URL", &silent.url()), ("APP__URL", &app.url()), ("APP__SECRET_FILE", "secret")]);
    std::fs::write(dies.path("secret"), SECRET).unwrap();
    let mut lives = shared.gateway(&[("RELAY__URL", &smarthost.url())]);
    let mut door = shared.gateway(&[]);
    door.begin_only("smtp");
    dies.begin_only("deliver");
    assert_eq!(door.smtp().send("ann@outside.test", ISSUE, &message("claimed")).code, 250);
    let row = door.enqueue(&note("ann"));
    app.await_offers(1);
    silent.await_holding();
    dies.kill9();
    lives.begin_only("deliver");
    until_true("the mail is handed over by the other", seconds(GIVEN_BACK), || shared.inbox().len() == 1);
    until_true("the note is sent by the other", seconds(GIVEN_BACK), || smarthost.messages().len() == 1);
    let show = || door.console(&["queue", "show", &delivery(&row)]).json();
    until_true("it is settled", seconds(20), || show()["state"] == "delivered");
    assert_eq!(outcomes(&show()), ["unknown", "ok"]);
    assert!(shared.inbox()[0].ends_with(&message("claimed")));
    assert_eq!((silent.messages().len(), smarthost.recipients()), (0, vec!["ann@people.test".to_owned()]));
}
