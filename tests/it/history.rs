//! Tests the whole system from outside: many writers, and people who turn the mode on and off, over
//! several processes on one store. Every request is logged with its times and its answer, and
//! compared afterwards with what is on record and what arrived.
//!
//! Manual checks have shown that it fails: without the lock in ENTER of `store/postgres/fence.rs`
//! (rows appear after the change), with the mode cached from one transaction to the next on SQLite,
//! with a dot gate that is always open, with pages queued in every mode.
//!
//! `POSTERN_HISTORY_SECONDS` makes the runs longer (the default is 8 each).

mod check;
mod clients;
mod gather;

use crate::harness::gateway::Gateway;
use crate::harness::scripted::Scripted;
use crate::harness::shared::Shared;
use crate::harness::wait::{Deadline, seconds, until_true};
use clients::{Clients, Node};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Fewest changes that a run must see, however slow the machine is.
const CHANGES: usize = 12;
const ANSWERS: usize = 200;

/// What all clients share.
#[derive(Default)]
struct Load {
    answers: AtomicUsize,
    changes: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Waits until the clients have `more` further answers, or the run is over.
    fn await_more(&self, more: usize) {
        let enough = self.answers.load(Ordering::SeqCst) + more;
        while self.answers.load(Ordering::SeqCst) < enough && !self.is_over() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Runs for the configured time, and until there is enough to check.
    fn run(&self) {
        let long = std::env::var("POSTERN_HISTORY_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
        let deadline = Deadline::after(Duration::from_secs(long));
        until_true("the clients and the mode have moved enough", seconds(120 + long), || {
            let seen = |count: &AtomicUsize, enough| count.load(Ordering::SeqCst) >= enough;
            deadline.is_over() && seen(&self.changes, CHANGES) && seen(&self.answers, ANSWERS)
        });
    }
}

/// Ends the load even if a client fails, so that the others end and the failure is shown.
struct Ends<'a>(&'a Load);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

/// Runs gateways with these doors on one store, with clients at all of them, and asserts that the
/// check finds no fault.
fn holds(shared: &Shared, doors: &[&str]) {
    let smarthost = Scripted::start();
    let url = smarthost.url();
    let mut gateways: Vec<Gateway> = doors.iter().map(|_| shared.gateway(&[("RELAY__URL", &url)])).collect();
    for (gateway, doors) in gateways.iter_mut().zip(doors) {
        gateway.begin_only(doors);
    }
    let console = &gateways[0];
    let token = console.console(&["token", "create", "history", "--scope", "api"]).well();
    let nodes: Vec<Node> = gateways.iter().zip(doors).map(|(gateway, doors)| Node::of(gateway, doors)).collect();
    let (load, clients) = (Load::default(), Clients::default());
    std::thread::scope(|scope| {
        let _ends = Ends(&load);
        clients.start(scope, &load, &nodes, token.trim(), console, shared);
        load.run();
    });
    console.maintenance_off();
    until_true("nothing waits", seconds(120), || console.console(&["queue", "list"]).rows().is_empty());
    let history = gather::gather(clients, console, token.trim(), &nodes, shared, &smarthost);
    eprintln!("{}", gather::numbers(&history));
    gather::assert_worth_something(&history);
    let faults = check::faults(&history);
    assert!(
        faults.is_empty(),
        "{} faults, of which the first are {:#?}",
        faults.len(),
        &faults[..faults.len().min(20)]
    );
    for gateway in &mut gateways {
        gateway.stop();
    }
}

#[test]
fn two_processes_on_one_sqlite_file_never_decide_against_the_mode() {
    holds(&Shared::sqlite(), &["smtp,http", "smtp,deliver,http"]);
}

#[test]
fn three_processes_on_one_postgres_database_never_decide_against_the_mode() {
    holds(&Shared::postgres(), &["smtp,http", "deliver", "smtp,deliver,http"]);
}
