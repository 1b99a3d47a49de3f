//! Keeping a lease alive while its worker works, and knowing when it is over.
//!
//! A lease is ours only while both clocks agree that it has not ended: a suspended machine stops the monotonic clock, a corrected
//! one moves the wall clock. A worker asks before it writes, so that a process that slept too long sends nothing when it wakes.

use crate::clock::Clock;
use crate::store::claim::{LEASE, RENEWAL};
use crate::store::error::Result;
use jiff::Timestamp;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A lease counts as over so much before its end: the time between a check and the write behind it.
const MARGIN: Duration = Duration::from_secs(2);

/// When a lease was taken or renewed last.
#[derive(Debug)]
pub struct LeaseClock {
    clock: Arc<dyn Clock>,
    renewed: Mutex<(Timestamp, Instant)>,
}

impl LeaseClock {
    /// Started before the claim was asked for, so that it never ends later than the lease in the store.
    #[must_use]
    pub fn start(clock: Arc<dyn Clock>) -> Self {
        let renewed = Mutex::new((clock.now(), clock.instant()));
        Self { clock, renewed }
    }

    /// Is the lease still ours?
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

    /// Does `work`, calling `renew` every [`RENEWAL`] meanwhile. A lease that has lapsed is not renewed.
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
