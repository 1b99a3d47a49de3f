//! A smarthost that takes longer than a lease to reply.

use super::{delivery, note, on_both, outcomes};
use crate::harness::scripted::{Hold, Scripted};
use crate::harness::shared::Shared;
use crate::harness::wait::{seconds, until, until_true};

/// How long it takes, in microseconds on the lease's clock; the lease is renewed meanwhile.
const THINKS: i64 = 40_000_000;

fn gets_its_mail_once(shared: &Shared) {
    let smarthost = Scripted::holding(Hold::Dot, "ann@people.test");
    let url = smarthost.url();
    let (mut one, mut other) = (shared.gateway(&[("RELAY__URL", &url)]), shared.gateway(&[("RELAY__URL", &url)]));
    one.begin_only("deliver");
    let ann = delivery(&one.enqueue(&note("ann")));
    smarthost.await_holding();
    let lease = || shared.number("SELECT lease_until FROM delivery WHERE state = 'sending'");
    let first = lease().expect("a lease");
    // From here on another process polls for work twice a second.
    other.begin_only("deliver");
    other.enqueue(&note("bob"));
    until("the lease was renewed for as long", seconds(120), || lease().filter(|until| *until >= first + THINKS));
    smarthost.release();
    let show = || one.console(&["queue", "show", &ann]).json();
    until_true("it is delivered", seconds(30), || show()["state"] == "delivered");
    assert_eq!(outcomes(&show()), ["ok"]);
    let mut recipients = smarthost.recipients();
    recipients.sort();
    assert_eq!(recipients, ["ann@people.test", "bob@people.test"]);
}

/// About 45 s: a lease has to be renewed four times. A manual check has shown that it fails without
/// renewals, on both stores.
#[test]
fn a_smarthost_that_takes_forty_seconds_to_answer_the_dot_gets_its_mail_once() {
    on_both(gets_its_mail_once);
}
