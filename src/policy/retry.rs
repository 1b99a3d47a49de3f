//! When to try again: exponential back-off with jitter, never beyond what is still of use.

use std::time::Duration;

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
    const MOST: Duration = Duration::from_secs(3600);

    #[test]
    fn waits_double_and_then_stay_at_the_cap() {
        for failures in 1..100 {
            let full = FIRST.saturating_mul(1 << (failures - 1).min(20)).min(MOST);
            let wait = back_off(failures, FIRST, MOST, 7);
            assert!(wait <= full && wait >= full * 3 / 4, "{failures}: {wait:?} of {full:?}");
        }
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let waits: std::collections::BTreeSet<_> = (0..50).map(|spread| back_off(4, FIRST, MOST, spread)).collect();
        assert!(waits.len() > 40);
    }

    #[test]
    fn a_first_wait_of_nothing_still_waits() {
        assert!(back_off(1, Duration::ZERO, Duration::ZERO, 0) > Duration::ZERO);
    }
}
