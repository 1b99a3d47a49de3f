//! The clock: the only source of the current time.
//!
//! Code above takes its time from a [`Clock`] passed in, so that a test can freeze time or jump.
//! The wall clock stamps stored rows and is compared between processes; the monotonic clock
//! measures durations. No other code reads either clock (a lint in `clippy.toml` enforces this).

use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Reads both clocks.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The wall clock, UTC.
    fn now(&self) -> Timestamp;
    /// The monotonic clock; it stops while a machine is suspended, the wall clock does not.
    fn instant(&self) -> Instant;
}

/// The system clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        // Truncated to microseconds, the store's precision, so that a time read back equals the
        // time written.
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the monotonic clock")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when told to; clones share the same time.
#[derive(Debug, Clone)]
pub struct FixedClock {
    hands: Arc<Mutex<(Timestamp, Instant)>>,
}

impl FixedClock {
    /// Starts at `start` and stays there until [`advance`](Self::advance) or [`set`](Self::set) is
    /// called.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self { hands: Arc::new(Mutex::new((start, SystemClock.instant()))) }
    }

    /// Moves both clocks forward by `step`.
    pub fn advance(&self, step: Duration) {
        let mut hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        hands.0 = hands.0.saturating_add(step).unwrap_or(Timestamp::MAX);
        hands.1 += step;
    }

    /// Sets the wall clock, as an administrator or NTP would; the monotonic clock does not move.
    pub fn set(&self, now: Timestamp) {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn instant(&self) -> Instant {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}
