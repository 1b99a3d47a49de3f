//! How fast a message must come.
//!
//! A message that holds little may take its time, within the limits of silence and of the session. One that holds more than
//! [`LITTLE`] must bring as much again in every window, or a few slow clients would hold the whole budget.

use std::time::Duration;
use tokio::time::Instant;

/// How often a message is looked at.
pub const PACE_WINDOW: Duration = Duration::from_secs(60);

/// The bytes a message may hold without hurry, and must bring in every window beyond: about 1 KiB a second.
const LITTLE: usize = 64 << 10;

/// How far a message has come.
#[derive(Debug)]
pub struct Progress {
    window: Duration,
    window_ends: Instant,
    seen_before: usize,
}

impl Progress {
    /// A message that begins `now`, looked at every `window`.
    pub fn begin(now: Instant, window: Duration) -> Self {
        Self { window, window_ends: now + window, seen_before: 0 }
    }

    /// When to look at it next.
    pub fn window_ends(&self) -> Instant {
        self.window_ends
    }

    /// Whether the message, of which `seen` bytes have come, has fallen behind by `now`.
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

    /// Whether a message of which so many bytes come in each window is given up.
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
