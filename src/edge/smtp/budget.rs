//! The byte budget shared by all messages being received, and each client's share of it.
//!
//! A client may hold at most three times what it leaves free: a single client three quarters, two
//! clients three sevenths each. So a few large senders leave room for the next client. One whole
//! message is always allowed while the budget has room for it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A client may hold at most this many times the free bytes.
const TIMES_FREE: usize = 3;

/// The bytes that all connections share.
#[derive(Debug)]
pub struct Budget {
    max_message_bytes: usize,
    held: Mutex<Held>,
}

/// The map never has more entries than there are connections.
#[derive(Debug)]
struct Held {
    free: usize,
    by_client: HashMap<IpAddr, usize>,
}

impl Budget {
    /// A budget of `bytes` for messages of at most `max_message_bytes` each.
    pub fn of(bytes: usize, max_message_bytes: usize) -> Arc<Self> {
        Arc::new(Self { max_message_bytes, held: Mutex::new(Held { free: bytes, by_client: HashMap::new() }) })
    }

    /// An empty share of the budget, for a message from `client`.
    pub fn share(self: &Arc<Self>, client: IpAddr) -> Reservation {
        Reservation { budget: Arc::clone(self), client, held: 0 }
    }

    /// Free bytes.
    #[cfg(test)]
    pub fn free(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).free
    }

    fn take(&self, client: IpAddr, more: usize) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(free) = held.free.checked_sub(more) else { return false };
        let own = held.by_client.get(&client).copied().unwrap_or(0).saturating_add(more);
        if own > self.max_message_bytes && own > free.saturating_mul(TIMES_FREE) {
            return false;
        }
        held.free = free;
        held.by_client.insert(client, own);
        true
    }

    fn give_back(&self, client: IpAddr, bytes: usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.free = held.free.saturating_add(bytes);
        if let Some(own) = held.by_client.get_mut(&client) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                held.by_client.remove(&client);
            }
        }
    }
}

/// A share of the budget, given back on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    client: IpAddr,
    held: usize,
}

impl Reservation {
    /// Bytes held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Grows the share to `bytes` in all; false if the budget, or this client's part of it, is too
    /// small.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.held);
        let taken = more == 0 || self.budget.take(self.client, more);
        if taken {
            self.held += more;
        }
        taken
    }

    /// Gives back the whole share.
    pub fn release(&mut self) {
        let bytes = std::mem::take(&mut self.held);
        if bytes > 0 {
            self.budget.give_back(self.client, bytes);
        }
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

    fn client(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    #[test]
    fn what_one_holds_the_other_cannot_until_it_is_given_back() {
        let budget = Budget::of(10, 10);
        let (mut one, mut other) = (budget.share(client(1)), budget.share(client(1)));
        assert!(one.grow_to(7) && !other.grow_to(4) && other.grow_to(3) && !one.grow_to(8));
        drop(other);
        assert!(one.grow_to(10));
        assert_eq!(one.held(), 10);
    }

    #[test]
    fn a_greedy_client_leaves_room_for_the_next() {
        let budget = Budget::of(1000, 10);
        let greedy = |number| {
            let shares = (0..200).map(|_| budget.share(client(number)));
            shares.filter_map(|mut share| share.grow_to(10).then_some(share)).collect::<Vec<_>>()
        };
        let first = greedy(1);
        assert_eq!(first.len(), 75);
        let later: Vec<_> = (2..5).map(greedy).collect();
        assert!(later.iter().all(|shares| !shares.is_empty()));
        drop((first, later));
        assert_eq!(greedy(1).len(), 75, "what was held was not all given back");
    }

    #[test]
    fn one_message_of_the_largest_size_fits_into_the_smallest_budget() {
        let mut share = Budget::of(10, 10).share(client(1));
        assert!(share.grow_to(10) && !share.grow_to(11));
    }
}
