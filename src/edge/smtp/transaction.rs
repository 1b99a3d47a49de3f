//! One mail transaction, from MAIL FROM to the reply after the dot.

use crate::domain::address::comparable;
use crate::domain::mail::{Envelope, Recipient};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An open mail transaction.
#[derive(Debug)]
pub struct Transaction {
    /// The envelope that MAIL FROM began.
    pub envelope: Envelope,
    /// Whether addresses may be UTF-8.
    pub utf8: bool,
    /// The accepted recipients.
    pub recipients: Vec<Recipient>,
    /// Number of RCPT commands that the door refused.
    pub turned: usize,
    /// Whether the door was asked about any recipient.
    pub tried: bool,
    _open: Open,
}

impl Transaction {
    /// Begins a transaction, counted in `all` until it is dropped.
    pub fn begin(envelope: Envelope, utf8: bool, all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::AcqRel);
        Self { envelope, utf8, recipients: Vec::new(), turned: 0, tried: false, _open: Open(Arc::clone(all)) }
    }

    /// How many more recipients the door may be asked about: at most `max` are accepted, and at
    /// most `max` refused.
    pub fn places_left(&self, max: usize) -> usize {
        max.saturating_sub(self.recipients.len().max(self.turned))
    }

    /// Whether this mailbox was already accepted, in any spelling.
    pub fn has(&self, address: &str) -> bool {
        let same = comparable(address);
        self.recipients.iter().any(|known| comparable(&known.address) == same)
    }
}

/// Decrements the counter on drop, even if the connection's task panics.
#[derive(Debug)]
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
