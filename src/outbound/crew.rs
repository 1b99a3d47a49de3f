//! The crew: limits how many workers send at once, and replaces workers that wait long for the
//! relay's answer.
//!
//! There are `connections` places, and a worker needs one to claim. A relay may take ten minutes to
//! answer the final dot (RFC 5321 §4.5.3.2.6), and Postern never drops the connection early, since
//! the relay may have accepted the message. So a worker whose delivery takes longer than [`SLOW`]
//! steps aside: it keeps its connection and its lease, and another worker takes its place. At most
//! as many workers can step aside as there are places. When every connection waits, nothing more is
//! sent; [`Crew::stuck_since`] says since when.

use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// After this time a delivery counts as slow and its worker steps aside.
pub const SLOW: Duration = Duration::from_secs(5);

/// The workers' places, and the number of workers that wait for the relay.
pub struct Crew {
    places: Semaphore,
    members: usize,
    slow: Duration,
    aside: Mutex<Aside>,
}

#[derive(Default)]
struct Aside {
    count: usize,
    /// Since when every member has been waiting.
    all_since: Option<Timestamp>,
}

impl Crew {
    /// A crew with `connections` places, in which a delivery slower than `slow` gives up its place.
    #[must_use]
    pub fn new(connections: usize, slow: Duration) -> Self {
        let places = connections.max(1);
        Self { places: Semaphore::new(places), members: 2 * places, slow, aside: Mutex::default() }
    }

    /// The number of workers, and so the maximum number of connections.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members
    }

    /// How long a delivery may take before its worker steps aside.
    #[must_use]
    pub fn slow(&self) -> Duration {
        self.slow
    }

    /// Since when every connection has waited for the relay; `None` while at least one can send.
    #[must_use]
    pub fn stuck_since(&self) -> Option<Timestamp> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner).all_since
    }

    /// Waits for a free place. The semaphore is never closed, so this is never `None`.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Counts a worker as waiting until the returned guard is dropped.
    pub(super) fn wait(&self, now: Timestamp) -> Waiting<'_> {
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.count += 1;
        if aside.count == self.members {
            aside.all_since = Some(now);
        }
        Waiting(self)
    }
}

/// Counts one worker as waiting for the relay while it lives.
pub(super) struct Waiting<'a>(&'a Crew);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut aside = self.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.count -= 1;
        aside.all_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crew_is_stuck_when_its_last_line_waits_and_no_longer_when_one_is_answered() {
        let crew = Crew::new(2, SLOW);
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut waiting: Vec<_> = (0..3).map(|second| crew.wait(at(second))).collect();
        assert_eq!(crew.stuck_since(), None);
        waiting.push(crew.wait(at(9)));
        assert_eq!(crew.stuck_since(), Some(at(9)));
        waiting.pop();
        assert_eq!(crew.stuck_since(), None);
    }
}
