//! The minimum speed of a message.
//!
//! A small message may be slow, within the idle and session timeouts. A message larger than
//! [`LITTLE`] must receive that many bytes again in every window; otherwise a few slow clients
//! would hold the whole budget.

use std::time::Duration;
use tokio::time::Instant;

/// Interval between checks of a message.
pub const PACE_WINDOW: Duration = Duration::from_secs(60);

/// Bytes that a message may hold at any speed, and the minimum for every window after that: about 1
/// KiB a second.
const LITTLE: usize = 64 << 10;

/// How far a message has arrived.
#[derive(Debug)]
pub struct Progress {
    window: Duration,
    window_ends: Instant,
    seen_before: usize,
}

impl Progress {
    /// A message that begins `now` and is checked every `window`.
    pub fn begin(now: Instant, window: Duration) -> Self {
        Self { window, window_ends: now + window, seen_before: 0 }
    }

    /// The time of the next check.
    pub fn window_ends(&self) -> Instant {
        self.window_ends
    }

    /// Whether the message is too slow by `now`, after `seen` bytes in all.
    pub fn has_stalled(&mut self, now: Instant, seen: usize) -> bool {
        if now < self.window_ends {
            return false;
        }
        let came = seen.saturating_sub(std::mem::replace(&mut self.seen_before, seen));
        self.window_ends = now + self.window;
        seen > LITTLE && came < LITTLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a message is given up if these numbers of bytes arrive, one per window.
    fn is_given_up(bytes: impl IntoIterator<Item = usize>) -> bool {
        let began = Instant::now();
        let mut progress = Progress::begin(began, PACE_WINDOW);
        let (mut now, mut seen) = (began, 0);
        bytes.into_iter().any(|came| {
            assert!(!progress.has_stalled(now + PACE_WINDOW / 2, seen), "it was looked at within a window");
            (now, seen) = (now + PACE_WINDOW, seen + came);
            progress.has_stalled(now, seen)
        })
    }

    #[test]
    fn a_small_message_may_take_its_time_and_a_large_one_a_steady_pace() {
        assert!(!is_given_up([1, 0, 0, 1, 65_534]));
        assert!(!is_given_up([LITTLE; 400]));
    }

    #[test]
    fn a_large_message_that_falls_behind_is_given_up() {
        assert!(is_given_up([1 << 20, LITTLE - 1]));
        assert!(is_given_up([LITTLE, LITTLE, 1]));
    }
}
