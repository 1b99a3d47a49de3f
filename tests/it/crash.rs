//! Kills the gateway in the middle of all its work: what it acknowledged is never lost, and what it
//! did not acknowledge is there at most twice.

mod arriving;
mod claimed;
mod enqueueing;
mod toggling;

use crate::harness::gateway::Gateway;
use crate::harness::wait::{seconds, until_true};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Shared by the clients and the killer.
#[derive(Default)]
struct Load {
    answered: AtomicUsize,
    /// How often the mode was turned on and off again.
    turned: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Counts one more answer.
    fn count(&self) {
        self.answered.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits for `more` further answers.
    fn await_more(&self, more: usize) {
        let enough = self.answered.load(Ordering::SeqCst) + more;
        until_true("the clients are answered", seconds(60), || self.answered.load(Ordering::SeqCst) >= enough);
    }

    /// Kills the gateway repeatedly in the middle of its work; at the end it runs.
    fn kill_in_the_middle(&self, gateway: &mut Gateway, times: usize) {
        for time in 0..times {
            self.await_more(15 + time * 7);
            gateway.kill9();
            gateway.begin();
        }
        self.await_more(20);
    }
}

/// Ends the load even if a test fails, so that the clients end and the failure is shown.
struct EndsLoad<'a>(&'a Load);

impl Drop for EndsLoad<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
