//! One mail under way, from MAIL FROM to the answer after the dot.

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
    /// Was the door asked about anybody?
    pub tried: bool,
    _open: Open,
}

impl Transaction {
    /// Begins one, counted in `all` until it is dropped.
    pub fn begin(envelope: Envelope, utf8: bool, all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::AcqRel);
        Self { envelope, utf8, recipients: Vec::new(), tried: false, _open: Open(Arc::clone(all)) }
    }

    /// Was exactly this address welcomed already?
    pub fn has(&self, address: &str) -> bool {
        self.recipients.iter().any(|known| known.address == address)
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
