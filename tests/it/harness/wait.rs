//! Waits for events, never longer than a limit.

use std::time::{Duration, Instant};

/// Polls until `look` returns a value.
///
/// # Panics
/// When `limit` has passed; the message contains `what`.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(!deadline.is_over(), "waited {limit:?} in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The same for a condition that becomes true.
pub fn until_true(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    until(what, limit, || is_so().then_some(()));
}

/// Seconds, as a short name.
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A time in the future.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

#[allow(clippy::disallowed_methods, reason = "tests of a real process live in real time")]
impl Deadline {
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}
