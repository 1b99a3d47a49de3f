//! Keeps a lease alive while its worker works, and knows when the lease is over.
//!
//! A lease is valid only while both clocks agree that it has not ended: suspending a machine stops
//! the monotonic clock, and a correction moves the wall clock. A worker checks before it writes, so
//! that a process that slept too long sends nothing when it wakes.

use crate::clock::Clock;
use crate::store::claim::{LEASE, RENEWAL};
use crate::store::error::Result;
use jiff::Timestamp;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long before its end a lease already counts as over: the time between a check and the write
/// after it.
const MARGIN: Duration = Duration::from_secs(2);

/// When a lease was last taken or renewed.
#[derive(Debug)]
pub struct LeaseClock {
    clock: Arc<dyn Clock>,
    renewed: Mutex<(Timestamp, Instant)>,
}

impl LeaseClock {
    /// Starts now. Call it before requesting the claim, so that it never ends later than the lease
    /// in the store.
    #[must_use]
    pub fn start(clock: Arc<dyn Clock>) -> Self {
        let renewed = Mutex::new((clock.now(), clock.instant()));
        Self { clock, renewed }
    }

    /// Whether the lease is still valid.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let (wall, monotonic) = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        let left = LEASE.saturating_sub(MARGIN);
        let by_wall = self.clock.now().duration_since(wall);
        let by_monotonic = self.clock.instant().saturating_duration_since(monotonic);
        by_wall.unsigned_abs() < left && by_monotonic < left
    }

    fn renew(&self, at: (Timestamp, Instant)) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Runs `work`, calling `renew` every [`RENEWAL`] meanwhile. A lease that has lapsed is not
    /// renewed.
    pub async fn keep<W, R, F>(&self, work: W, mut renew: R) -> W::Output
    where
        W: Future,
        R: FnMut(Timestamp) -> F,
        F: Future<Output = Result<()>>,
    {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(RENEWAL) => {}
            }
            let began = (self.clock.now(), self.clock.instant());
            if !self.is_live() {
                continue;
            }
            match renew(began.0).await {
                Ok(()) => self.renew(began),
                Err(error) => tracing::warn!(%error, "Could not renew a lease: {error}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;

    #[test]
    fn a_lease_is_over_before_its_end_on_either_clock() {
        let clock = FixedClock::at(Timestamp::UNIX_EPOCH);
        let lease = LeaseClock::start(Arc::new(clock.clone()));
        clock.advance(LEASE - MARGIN - Duration::from_secs(1));
        assert!(lease.is_live());
        clock.advance(Duration::from_secs(1));
        assert!(!lease.is_live());
    }
}
