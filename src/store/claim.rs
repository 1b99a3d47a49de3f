//! Claims: leased permission to work on one thing.
//!
//! A claim is made only by a claiming transaction that read the mode, asked policy and leased the
//! row. It cannot be cloned, and settling consumes it. Its lease ends by itself after [`LEASE`], so
//! that the work of a dead process comes back.

use crate::domain::failure::Failure;
use crate::domain::id::{Id, Kind, Lease};
use crate::domain::mode::Version;
use jiff::Timestamp;
use std::time::Duration;

/// How long a lease lasts unless it is renewed.
pub const LEASE: Duration = Duration::from_secs(30);

/// How often a live worker renews its leases.
pub const RENEWAL: Duration = Duration::from_secs(10);

/// Leased permission to work on `item`.
#[derive(Debug)]
pub struct Claim<T> {
    /// What to work on.
    pub item: T,
    /// The token that settling must show; a row leased anew has another.
    pub lease: Lease,
    /// The mode version the claim was judged under.
    pub mode_version: Version,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    _leased: Leased,
}

/// What can be claimed: a row with an id.
pub trait Claimable {
    /// What its id is the id of.
    type Kind: Kind;

    /// Its id.
    fn id(&self) -> Id<Self::Kind>;
}

/// A row and the lease that holds it: the guard of every statement that a claim allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Held<K> {
    /// The row's id.
    pub id: Id<K>,
    /// The lease it was claimed with.
    pub lease: Lease,
}

/// Keeps everybody but the store from making a claim.
#[derive(Debug)]
struct Leased;

impl<T> Claim<T> {
    pub(super) fn new(item: T, lease: Lease, mode_version: Version, claimed_at: Timestamp) -> Self {
        Self { item, lease, mode_version, claimed_at, _leased: Leased }
    }

    /// The row it is on, and its lease.
    pub fn held(&self) -> Held<T::Kind>
    where
        T: Claimable,
    {
        Held { id: self.item.id(), lease: self.lease }
    }

    /// A claim that no store leased, so that an edge can be tested without one.
    #[cfg(test)]
    pub fn forge(item: T) -> Self {
        Self::new(item, Lease::mint(Timestamp::UNIX_EPOCH), Version(1), Timestamp::UNIX_EPOCH)
    }
}

/// How a claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The other side has it; its words.
    Done(String),
    /// Not now: try again at the given time.
    Retry(Failure, Timestamp),
    /// The other side may have it or not: try again at the given time, with the same bytes.
    Unknown(Failure, Timestamp),
    /// Never.
    Failed(Failure),
}

/// Whether a settlement counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is recorded.
    Recorded,
    /// The lease was no longer ours (lapsed, revoked or cancelled): nothing was changed.
    LeaseLost,
}
