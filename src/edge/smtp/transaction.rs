//! One mail under way, from MAIL FROM to the answer after the dot.

use crate::domain::address::comparable;
use crate::domain::mail::{Envelope, Recipient};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One mail under way.
#[derive(Debug)]
pub struct Transaction {
    /// What MAIL FROM began.
    pub envelope: Envelope,
    /// May addresses be UTF-8?
    pub utf8: bool,
    /// Who was welcomed.
    pub recipients: Vec<Recipient>,
    /// How many RCPT commands were turned away by the door.
    pub turned: usize,
    /// Was the door asked about anybody?
    pub tried: bool,
    _open: Open,
}

impl Transaction {
    /// Begins one, counted in `all` until it is dropped.
    pub fn begin(envelope: Envelope, utf8: bool, all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::AcqRel);
        Self { envelope, utf8, recipients: Vec::new(), turned: 0, tried: false, _open: Open(Arc::clone(all)) }
    }

    /// How many more recipients the door may be asked about: at most `max` are welcomed, and at most `max` turned away.
    pub fn places_left(&self, max: usize) -> usize {
        max.saturating_sub(self.recipients.len().max(self.turned))
    }

    /// Whether this mailbox was welcomed already, in any spelling.
    pub fn has(&self, address: &str) -> bool {
        let same = comparable(address);
        self.recipients.iter().any(|known| comparable(&known.address) == same)
    }
}

/// Takes itself out of the count, also when a connection's task dies.
#[derive(Debug)]
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
