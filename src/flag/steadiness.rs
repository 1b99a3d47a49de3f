//! Whether the wall clock can be trusted: it can once it has agreed with the monotonic clock for a
//! while.
//!
//! A time server slews both clocks together. An operator who sets the clock, and a machine that
//! wakes from sleep, move the wall clock alone. Windows need [`WATCHED`] of agreement; irreversible
//! actions need more, see [`SteadyClock`].

use crate::clock::Clock;
use crate::policy::window::Confidence;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long both clocks must have agreed.
pub const WATCHED: Duration = Duration::from_secs(30);
/// A difference of this much or more is a jump.
const PARTED: SignedDuration = SignedDuration::from_secs(5);
/// The longest suspension of deleting and expiring after a jump.
const MAX_PROBATION: Duration = Duration::from_secs(86_400);

/// Compares both clocks at each look.
#[derive(Debug, Default)]
pub struct Steadiness {
    watched_from: Option<(Timestamp, Instant)>,
    has_jumped: bool,
    /// How long the clock must run evenly after its last jump before any deletion or expiry by age.
    probation: Duration,
}

/// The result of one look at both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How far the time can be trusted.
    pub confidence: Confidence,
    /// How far the clock jumped since the last look; `None` when it did not.
    pub jumped: Option<SignedDuration>,
    /// Whether deleting and expiring by age are allowed.
    pub trusts_age: bool,
}

impl Steadiness {
    /// Reads both clocks and compares them with the earlier looks.
    pub fn look(&mut self, now: Timestamp, instant: Instant) -> Look {
        let (wall, monotonic) = *self.watched_from.get_or_insert((now, instant));
        let passed = instant.saturating_duration_since(monotonic);
        let apart =
            now.duration_since(wall).saturating_sub(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX));
        if apart.abs() >= PARTED {
            (self.watched_from, self.has_jumped) = (Some((now, instant)), true);
            self.probation = self.probation.saturating_sub(passed).max(apart.unsigned_abs().min(MAX_PROBATION));
            return Look { confidence: Confidence::Jumped, jumped: Some(apart), trusts_age: false };
        }
        self.has_jumped &= passed < WATCHED;
        let confidence = match (self.has_jumped, passed >= WATCHED) {
            (true, _) => Confidence::Jumped,
            (false, true) => Confidence::Steady,
            (false, false) => Confidence::Fresh,
        };
        Look { confidence, jumped: None, trusts_age: passed >= self.probation.max(WATCHED) }
    }
}

/// A clock for irreversible actions: deleting and expiring by age.
///
/// It returns no time while the wall clock is in doubt. After a jump the doubt lasts as long as the
/// jump was wide, but at least [`WATCHED`] and at most one day: setting the clock to next year by
/// mistake and correcting it an hour later must lose no data. A restart of the gateway ends the
/// doubt, so an operator who knows that the time is right need not wait.
#[derive(Debug)]
pub struct SteadyClock {
    clock: Arc<dyn Clock>,
    steadiness: Mutex<Steadiness>,
}

impl SteadyClock {
    /// Starts watching `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let steady = Self { clock, steadiness: Mutex::default() };
        steady.now();
        steady
    }

    /// The time for judging age; `None` while the clock is in doubt. Call it again for each step,
    /// because the clock may jump in between.
    pub fn now(&self) -> Option<Timestamp> {
        let (now, instant) = (self.clock.now(), self.clock.instant());
        let look = self.steadiness.lock().unwrap_or_else(PoisonError::into_inner).look(now, instant);
        if let Some(jumped) = look.jumped {
            tracing::warn!(
                jumped_seconds = jumped.as_secs(),
                "The clock jumped by {} seconds: windows wait until it has run evenly for {} seconds, and nothing is deleted \
                 or expired for its age until it has run evenly for as long as it jumped (at most a day); restart the gateway \
                 when the time is right",
                jumped.as_secs(),
                WATCHED.as_secs()
            );
        }
        look.trusts_age.then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, FixedClock};
    use crate::store::conformance::noon;

    fn look(steadiness: &mut Steadiness, clock: &FixedClock) -> Confidence {
        steadiness.look(clock.now(), clock.instant()).confidence
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

    #[test]
    fn age_is_not_acted_on_until_the_clock_ran_evenly_for_as_long_as_it_jumped() {
        let day = Duration::from_secs(86_400);
        for (jump, doubt) in [(60, WATCHED.max(Duration::from_secs(60))), (7 * 86_400, day), (-3600, day / 24)] {
            let clock = FixedClock::at(noon());
            let steady = SteadyClock::new(Arc::new(clock.clone()));
            assert_eq!(steady.now(), None, "it was not watched yet");
            clock.advance(WATCHED);
            assert_eq!(steady.now(), Some(clock.now()));
            clock.set(clock.now() + SignedDuration::from_secs(jump));
            assert_eq!(steady.now(), None, "{jump}");
            clock.advance(doubt - Duration::from_secs(1));
            assert_eq!(steady.now(), None, "{jump}");
            clock.advance(Duration::from_secs(1));
            assert_eq!(steady.now(), Some(clock.now()), "{jump}");
        }
    }

    #[test]
    fn a_small_correction_after_a_wide_jump_does_not_shorten_the_doubt() {
        let clock = FixedClock::at(noon());
        let steady = SteadyClock::new(Arc::new(clock.clone()));
        clock.advance(WATCHED);
        clock.set(clock.now() + SignedDuration::from_hours(10));
        steady.now();
        clock.advance(Duration::from_hours(4));
        clock.set(clock.now() + SignedDuration::from_secs(6));
        assert_eq!(steady.now(), None);
        clock.advance(Duration::from_hours(5));
        assert_eq!(steady.now(), None);
        clock.advance(Duration::from_hours(1));
        assert_eq!(steady.now(), Some(clock.now()));
    }
}
