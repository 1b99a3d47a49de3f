//! When to retry: exponential back-off with jitter, never past the end of a delivery's lifetime.
//!
//! A delivery is retried for a limited time (`[relay] retry_for`), and the application may set its
//! own end (`not_after`). Time spent waiting for the end of the mode counts towards `not_after`
//! only.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long a delivery stays valid, and how that shifts while it waits for the end of the mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// When it expires.
    pub expires_at: Timestamp,
    /// The retry time that is left, while its clock is stopped; `None` while it runs.
    pub retry_left: Option<SignedDuration>,
}

impl Lifetime {
    /// The lifetime of a delivery whose retry time runs until `expires_at`.
    #[must_use]
    pub fn running(expires_at: Timestamp) -> Self {
        Self { expires_at, retry_left: None }
    }

    /// The lifetime once the delivery starts to wait for the end of the mode at `now`: only
    /// `not_after` ends it.
    #[must_use]
    pub fn stopped(self, not_after: Option<Timestamp>, now: Timestamp) -> Self {
        let left = self.retry_left.unwrap_or_else(|| self.expires_at.duration_since(now));
        Self { expires_at: not_after.unwrap_or(Timestamp::MAX), retry_left: Some(left) }
    }

    /// The lifetime once the mode has ended at `now`: the remaining retry time runs, but never past
    /// `not_after`.
    #[must_use]
    pub fn resumed(self, not_after: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(left) = self.retry_left else { return self };
        let end = now.saturating_add(left).unwrap_or(Timestamp::MAX);
        Self::running(not_after.map_or(end, |not_after| end.min(not_after)))
    }
}

/// How long to wait after the `failures`-th failure in a row (1 is the first).
///
/// Doubles from `first` up to `most`, then subtracts up to a quarter. `spread` (any number that
/// differs between items) picks the amount, so that items which failed together do not retry
/// together. Never zero.
#[must_use]
pub fn back_off(failures: u32, first: Duration, most: Duration, spread: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(30);
    let full = first.saturating_mul(1u32 << doublings).min(most).max(Duration::from_millis(1));
    // Fibonacci hashing mixes both numbers; the top 10 bits choose how much of the quarter to
    // subtract.
    let mixed = spread.wrapping_add(u64::from(failures)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let share = u32::try_from(mixed >> 54).unwrap_or(0);
    full - (full / 4) * share / 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    const FIRST: Duration = Duration::from_secs(30);
    const MAX_WAIT: Duration = Duration::from_secs(3600);

    #[test]
    fn waits_double_and_then_stay_at_the_cap() {
        for failures in 1..100 {
            let full = FIRST.saturating_mul(1 << (failures - 1).min(20)).min(MAX_WAIT);
            let wait = back_off(failures, FIRST, MAX_WAIT, 7);
            assert!(wait <= full && wait >= full * 3 / 4, "{failures}: {wait:?} of {full:?}");
        }
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let waits: std::collections::BTreeSet<_> = (0..50).map(|spread| back_off(4, FIRST, MAX_WAIT, spread)).collect();
        assert!(waits.len() > 40);
    }

    #[test]
    fn time_spent_waiting_for_the_end_of_the_mode_counts_only_against_the_applications_own_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let waited = |not_after| Lifetime::running(at(100)).stopped(not_after, at(40)).resumed(not_after, at(1_000));
        assert_eq!(waited(None), Lifetime::running(at(1_060)));
        assert_eq!(waited(Some(at(1_030))), Lifetime::running(at(1_030)));
        assert_eq!(waited(Some(at(100))), Lifetime::running(at(100)), "its end came while it waited");
        let stopped = Lifetime::running(at(100)).stopped(None, at(40));
        assert_eq!(stopped.expires_at, Timestamp::MAX);
        assert_eq!(stopped.stopped(None, at(90)), stopped, "what stands still is not stopped again");
        assert_eq!(Lifetime::running(at(100)).resumed(None, at(40)), Lifetime::running(at(100)));
    }

    #[test]
    fn a_first_wait_of_nothing_still_waits() {
        assert!(back_off(1, Duration::ZERO, Duration::ZERO, 0) > Duration::ZERO);
    }
}
