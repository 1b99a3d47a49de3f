//! Is the wall clock to be trusted? It is when it has gone together with the monotonic one for a while.
//!
//! Time servers bend both together; whoever sets the clock, and a machine that wakes from sleep, moves the wall clock alone.

use crate::policy::window::Confidence;
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// How long both clocks must have gone together.
pub const WATCHED: Duration = Duration::from_secs(30);
/// Parted by so much, they do not go together.
const PARTED: SignedDuration = SignedDuration::from_secs(5);

/// Watches both clocks, from look to look.
#[derive(Debug, Default)]
pub struct Steadiness {
    watched_from: Option<(Timestamp, Instant)>,
    has_jumped: bool,
}

impl Steadiness {
    /// One look at both clocks.
    pub fn look(&mut self, now: Timestamp, instant: Instant) -> Confidence {
        let Some((wall, monotonic)) = self.watched_from else {
            self.watched_from = Some((now, instant));
            return Confidence::Fresh;
        };
        let passed = instant.saturating_duration_since(monotonic);
        let apart =
            now.duration_since(wall).saturating_sub(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX));
        if apart.abs() >= PARTED {
            tracing::warn!(
                jumped_seconds = apart.as_secs(),
                "The clock jumped by {} seconds: windows wait until it has gone evenly for {} seconds",
                apart.as_secs(),
                WATCHED.as_secs()
            );
            (self.watched_from, self.has_jumped) = (Some((now, instant)), true);
        } else if passed >= WATCHED {
            self.has_jumped = false;
            return Confidence::Steady;
        }
        if self.has_jumped { Confidence::Jumped } else { Confidence::Fresh }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, FixedClock};
    use crate::store::conformance::noon;

    fn look(steadiness: &mut Steadiness, clock: &FixedClock) -> Confidence {
        steadiness.look(clock.now(), clock.instant())
    }

    #[test]
    fn a_clock_is_steady_once_it_has_been_watched_for_a_while() {
        let (clock, mut steadiness) = (FixedClock::at(noon()), Steadiness::default());
        assert_eq!(look(&mut steadiness, &clock), Confidence::Fresh);
        clock.advance(WATCHED - Duration::from_secs(1));
        assert_eq!(look(&mut steadiness, &clock), Confidence::Fresh);
        clock.advance(Duration::from_secs(1));
        assert_eq!(look(&mut steadiness, &clock), Confidence::Steady);
        clock.advance(Duration::from_hours(1));
        assert_eq!(look(&mut steadiness, &clock), Confidence::Steady);
    }

    #[test]
    fn a_jump_either_way_must_be_lived_down() {
        for seconds in [-60, 5, 3600, 86_400 * 3650] {
            let (clock, mut steadiness) = (FixedClock::at(noon()), Steadiness::default());
            look(&mut steadiness, &clock);
            clock.advance(WATCHED);
            assert_eq!(look(&mut steadiness, &clock), Confidence::Steady);
            clock.set(clock.now() + SignedDuration::from_secs(seconds));
            for _ in 0..30 {
                assert_eq!(look(&mut steadiness, &clock), Confidence::Jumped, "{seconds}");
                clock.advance(Duration::from_secs(1));
            }
            assert_eq!(look(&mut steadiness, &clock), Confidence::Steady, "{seconds}");
        }
    }

    #[test]
    fn small_steps_that_add_up_are_a_jump_too() {
        let (clock, mut steadiness) = (FixedClock::at(noon()), Steadiness::default());
        let mut looks = Vec::new();
        for _ in 0..60 {
            looks.push(look(&mut steadiness, &clock));
            clock.advance(Duration::from_secs(1));
            clock.set(clock.now() + SignedDuration::from_millis(900));
        }
        assert!(!looks.contains(&Confidence::Steady) && looks.contains(&Confidence::Jumped));
    }
}
