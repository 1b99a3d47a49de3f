//! The table of open connections, which decides which of them is cut when there are too many. Pure:
//! no clock, no network.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use tokio_util::sync::CancellationToken;

/// The allowed numbers of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For all clients together.
    pub total: usize,
    /// For one client.
    pub client: usize,
    /// Beyond `total`, for privileged callers only.
    pub reserve: usize,
    /// Beyond `client`, for privileged callers only.
    pub client_reserve: usize,
}

impl Default for Limits {
    /// Limits in which one client never holds more than half of the places.
    fn default() -> Self {
        Self { total: 512, client: 256, reserve: 32, client_reserve: 16 }
    }
}

/// What is known about the caller on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing: no request is running, or its caller has not been identified.
    Unknown,
    /// The request has a valid token or session.
    Known,
    /// A monitor, an administrator, or a token of scope `api`.
    Privileged,
}

/// A connection's number; later connections have higher numbers.
pub type Number = u64;

#[derive(Debug)]
struct Seat {
    client: Option<IpAddr>,
    standing: Standing,
    is_reserved: bool,
    /// The table's step at which the connection last began or ended a request.
    changed: u64,
    cut: CancellationToken,
}

/// All open connections.
#[derive(Debug, Default)]
pub struct Table {
    limits: Limits,
    seats: BTreeMap<Number, Seat>,
    step: u64,
}

/// The result of asking for a place.
#[derive(Debug)]
pub struct Taken {
    /// The connection's number; `None` if no place was free.
    pub number: Option<Number>,
    /// Whether another connection was cut to make room.
    pub has_cut: bool,
}

impl Table {
    /// An empty table.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A place for a connection of `client` (`None` counts for no client). The table cancels `cut`
    /// when another connection needs the place more.
    pub fn take(&mut self, client: Option<IpAddr>, cut: CancellationToken) -> Taken {
        let mut has_cut = false;
        if self.is_full(client, false) {
            has_cut = self.cut_one(client, false);
        }
        let is_reserved = self.is_full(client, false);
        if is_reserved && self.is_full(client, true) {
            has_cut |= self.cut_one(client, true);
            if self.is_full(client, true) {
                return Taken { number: None, has_cut };
            }
        }
        let number = self.next_step();
        self.seats.insert(number, Seat { client, standing: Standing::Unknown, is_reserved, changed: number, cut });
        Taken { number: Some(number), has_cut }
    }

    /// Records that a request of `client` begins. Returns whether any caller may make it; if not,
    /// only a privileged caller may.
    pub fn ask(&mut self, number: Number, client: Option<IpAddr>) -> bool {
        let step = self.next_step();
        let Some(mut seat) = self.seats.remove(&number) else { return false };
        // The connection itself is not counted, so that it takes the next free ordinary place.
        if self.is_full(client, false) && client != seat.client {
            self.cut_one(client, false);
        }
        let is_full = self.is_full(client, false);
        seat.is_reserved = is_full;
        (seat.client, seat.standing, seat.changed) = (client, Standing::Unknown, step);
        self.seats.insert(number, seat);
        !is_full
    }

    /// Records that the caller of the running request was identified; the highest standing counts.
    pub fn identify(&mut self, number: Number, standing: Standing) {
        if let Some(seat) = self.seats.get_mut(&number) {
            seat.standing = seat.standing.max(standing);
        }
    }

    /// Whether the caller of the running request is privileged.
    pub fn is_privileged(&self, number: Number) -> bool {
        self.seats.get(&number).is_some_and(|seat| seat.standing == Standing::Privileged)
    }

    /// Records that the request was answered. The connection counts for `client` until its next
    /// request.
    pub fn rest(&mut self, number: Number, client: Option<IpAddr>) {
        let step = self.next_step();
        if let Some(seat) = self.seats.get_mut(&number) {
            (seat.client, seat.standing, seat.changed) = (client, Standing::Unknown, step);
        }
    }

    /// Removes a connection that has ended.
    pub fn leave(&mut self, number: Number) {
        self.seats.remove(&number);
    }

    fn next_step(&mut self) -> u64 {
        self.step += 1;
        self.step
    }

    /// Whether all ordinary or all reserved places are taken, in total or for `client`.
    fn is_full(&self, client: Option<IpAddr>, reserved: bool) -> bool {
        let (total, of_client) = match reserved {
            false => (self.limits.total, self.limits.client),
            true => (self.limits.reserve, self.limits.client_reserve),
        };
        self.count(None, reserved) >= total || client.is_some() && self.count(client, reserved) >= of_client
    }

    fn count(&self, client: Option<IpAddr>, reserved: bool) -> usize {
        let counted = |seat: &&Seat| seat.is_reserved == reserved && (client.is_none() || seat.client == client);
        self.seats.values().filter(counted).count()
    }

    /// Cuts one connection to make room for `client`. It considers only connections with an unknown
    /// caller, takes the client that has most of them, and cuts the one that has been unknown
    /// longest.
    fn cut_one(&mut self, client: Option<IpAddr>, reserved: bool) -> bool {
        let is_of_all = client.is_none() || !self.is_client_full(client, reserved);
        let is_candidate = |seat: &Seat| {
            seat.is_reserved == reserved && seat.standing == Standing::Unknown && (is_of_all || seat.client == client)
        };
        let mut counts: BTreeMap<Option<IpAddr>, usize> = BTreeMap::new();
        for seat in self.seats.values().filter(|seat| is_candidate(seat)) {
            *counts.entry(seat.client).or_default() += 1;
        }
        let candidates = self.seats.iter().filter(|(_, seat)| is_candidate(seat));
        let missed_least = candidates.min_by_key(|(_, seat)| (Reverse(counts.get(&seat.client)), seat.changed));
        let Some(number) = missed_least.map(|(number, _)| *number) else { return false };
        let cut = self.seats.remove(&number);
        cut.inspect(|seat| seat.cut.cancel()).is_some()
    }

    fn is_client_full(&self, client: Option<IpAddr>, reserved: bool) -> bool {
        let most = if reserved { self.limits.client_reserve } else { self.limits.client };
        self.count(client, reserved) >= most
    }
}

#[cfg(test)]
mod tests;
