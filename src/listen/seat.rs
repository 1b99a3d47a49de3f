//! Limits the number of connections, in total and per client.

use metrics::Gauge;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Places for connections; the map never has more entries than there are connections.
#[derive(Debug)]
pub struct Seats {
    all: usize,
    per_client: usize,
    /// The gauge that shows the number of taken places.
    gauge: Gauge,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSeat {
    /// All places are taken.
    Full,
    /// This client has taken all the places it may have.
    ClientFull,
}

impl Seats {
    /// Limits to `all` places in total and `per_client` for one client; `gauge` is the metric that
    /// counts taken places.
    #[must_use]
    pub fn new(all: usize, per_client: usize, gauge: Gauge) -> Arc<Self> {
        Arc::new(Self { all, per_client, gauge, taken: Mutex::default() })
    }

    /// Takes a place for `client`.
    ///
    /// # Errors
    /// When all places are taken, or all that one client may have.
    pub fn take(self: &Arc<Self>, client: IpAddr) -> Result<Seat, NoSeat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.by_client.get(&client).is_some_and(|count| *count >= self.per_client) {
            return Err(NoSeat::ClientFull);
        }
        if taken.all >= self.all {
            return Err(NoSeat::Full);
        }
        taken.all += 1;
        *taken.by_client.entry(client).or_insert(0) += 1;
        self.gauge.increment(1.0);
        Ok(Seat { seats: Arc::clone(self), client })
    }
}

/// A taken place. Dropping it frees the place, even when the connection's task dies.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    client: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                taken.by_client.remove(&self.client);
            }
        }
        self.seats.gauge.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_takes_no_more_than_its_own_and_all_no_more_than_there_are() {
        let seats = Seats::new(3, 2, Gauge::noop());
        let (ann, bob) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = seats.take(ann).unwrap();
        let _second = seats.take(ann).unwrap();
        assert_eq!(seats.take(ann).unwrap_err(), NoSeat::ClientFull);
        let _third = seats.take(bob).unwrap();
        assert_eq!(seats.take(bob).unwrap_err(), NoSeat::Full);
        drop(first);
        assert!(seats.take(bob).is_ok());
    }
}
