//! When to try again: exponential back-off with jitter, never beyond what is still of use.
//!
//! A delivery is tried for a while (`[relay] retry_for`), and the application may set an end of its own (`not_after`). Time spent
//! waiting for the end of the mode counts towards that end only.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Until when a delivery is of use, and how that moves while it waits for the end of the mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// It expires then.
    pub expires_at: Timestamp,
    /// What is left of its retry time, while that stands still.
    pub retry_left: Option<SignedDuration>,
}

impl Lifetime {
    /// The lifetime of a delivery that runs until `expires_at`.
    #[must_use]
    pub fn running(expires_at: Timestamp) -> Self {
        Self { expires_at, retry_left: None }
    }

    /// The same from `now` on, while it waits for the end of the mode: only `not_after` ends it.
    #[must_use]
    pub fn stopped(self, not_after: Option<Timestamp>, now: Timestamp) -> Self {
        let left = self.retry_left.unwrap_or_else(|| self.expires_at.duration_since(now));
        Self { expires_at: not_after.unwrap_or(Timestamp::MAX), retry_left: Some(left) }
    }

    /// The same from `now` on, when the mode has ended: it runs for what was left, but never beyond `not_after`.
    #[must_use]
    pub fn resumed(self, not_after: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(left) = self.retry_left else { return self };
        let end = now.saturating_add(left).unwrap_or(Timestamp::MAX);
        Self::running(not_after.map_or(end, |not_after| end.min(not_after)))
    }
}

/// How long to wait after the `failures`-th failure in a row (1 is the first).
///
/// Doubles from `first` up to `most`, then takes off up to a quarter, spread by `spread` (any number that
/// differs between items), so that what failed together does not come back together. Never zero.
#[must_use]
pub fn back_off(failures: u32, first: Duration, most: Duration, spread: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(30);
    let full = first.saturating_mul(1u32 << doublings).min(most).max(Duration::from_millis(1));
    // Fibonacci hashing mixes both numbers; the top 10 bits are the share of the quarter to take off.
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
