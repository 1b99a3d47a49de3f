//! The budget of bytes for all messages being received together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many bytes, shared by all connections.
#[derive(Debug)]
pub struct Budget {
    free: AtomicUsize,
}

impl Budget {
    /// A budget of `bytes`.
    pub fn of(bytes: usize) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(bytes) })
    }

    /// An empty share of it.
    pub fn share(self: &Arc<Self>) -> Reservation {
        Reservation { budget: Arc::clone(self), held: 0 }
    }
}

/// A share of the budget; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    held: usize,
}

impl Reservation {
    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Holds `bytes` in all, unless the budget has not that much left.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.held);
        let taken =
            self.budget.free.fetch_update(Ordering::AcqRel, Ordering::Acquire, |free| free.checked_sub(more)).is_ok();
        if taken {
            self.held += more;
        }
        taken
    }

    /// Gives all of it back.
    pub fn release(&mut self) {
        self.budget.free.fetch_add(std::mem::take(&mut self.held), Ordering::AcqRel);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_holds_the_other_cannot_until_it_is_given_back() {
        let budget = Budget::of(10);
        let (mut one, mut other) = (budget.share(), budget.share());
        assert!(one.grow_to(7) && !other.grow_to(4) && other.grow_to(3) && !one.grow_to(8));
        drop(other);
        assert!(one.grow_to(10));
        assert_eq!(one.held(), 10);
    }
}
