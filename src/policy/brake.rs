//! Slows down password guessing: how many attempts are free, and how long the next one waits.
//!
//! Every attempt is counted before its password is checked, so that concurrent attempts all count;
//! a correct password is uncounted. An attempt counts against its client and against the user name.
//! A stranger who keeps failing can lock other strangers out of a name, but never for good: waits
//! are capped, and a browser that has signed in under the name before is limited only by its own
//! failures.

use jiff::{SignedDuration, Timestamp};

/// What an attempt counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The user name, from any client.
    Name,
    /// The client, for any user name.
    Client,
    /// A browser that has signed in under this name before.
    Browser,
}

/// How long after the last failure all failures are forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(1);
/// The first wait; each further failure doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(2);

impl Held {
    /// Failures before any wait applies.
    fn free(self) -> i64 {
        match self {
            Self::Name => 30,
            Self::Client | Self::Browser => 10,
        }
    }

    /// The longest wait. For a name it is short, because it also delays the name's owner.
    fn most_wait(self) -> SignedDuration {
        match self {
            Self::Name => SignedDuration::from_mins(1),
            Self::Client | Self::Browser => SignedDuration::from_mins(15),
        }
    }
}

/// The recorded failures of a name, client or browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Number of failures.
    pub failures: i64,
    /// The earliest time of the next attempt.
    pub free_at: Timestamp,
    /// When the tally may be deleted.
    pub kept_until: Timestamp,
}

/// The tally after one more attempt at `now`.
///
/// # Errors
/// The time from which the next attempt is allowed, when this one comes too early.
pub fn judge_try(held: Held, before: Option<Tally>, now: Timestamp) -> Result<Tally, Timestamp> {
    // For a browser, `kept_until` is longer, because the tally also marks it as known; its failures
    // are forgotten as fast as others.
    let before = before.filter(|before| now < before.kept_until && now < later(before.free_at, MEMORY));
    match before {
        Some(before) if now < before.free_at => Err(before.free_at),
        Some(before) => Ok(counted(held, before.failures.saturating_add(1), now)),
        None => Ok(counted(held, 1, now)),
    }
}

fn counted(held: Held, failures: i64, now: Timestamp) -> Tally {
    let beyond = failures.saturating_sub(held.free());
    let wait = match u32::try_from(beyond) {
        Ok(0) | Err(_) => SignedDuration::ZERO,
        // 2 s doubled nine times exceeds every cap.
        Ok(beyond) => (FIRST_WAIT * 2_i32.pow((beyond - 1).min(9))).min(held.most_wait()),
    };
    let free_at = later(now, wait);
    Tally { failures, free_at, kept_until: later(free_at, MEMORY) }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wait in seconds after each of `tries` failures, each made as early as allowed.
    fn waits(held: Held, tries: usize) -> Vec<i64> {
        let (mut now, mut tally, mut waits) = (Timestamp::UNIX_EPOCH, None, Vec::new());
        for _ in 0..tries {
            let next = judge_try(held, tally, now).expect("a free try");
            waits.push(next.free_at.duration_since(now).as_secs());
            (now, tally) = (next.free_at, Some(next));
        }
        waits
    }

    #[test]
    fn mistakes_are_free_and_guessing_slows_down_up_to_a_most() {
        let client = waits(Held::Client, 25);
        assert_eq!(client[..10], [0; 10]);
        assert_eq!(client[10..15], [2, 4, 8, 16, 32]);
        assert_eq!(client[24], 900);
        assert_eq!((waits(Held::Name, 60)[29], waits(Held::Name, 60)[59]), (0, 60), "a name is never locked for long");
        assert_eq!(waits(Held::Browser, 2000)[1999], 900);
    }

    #[test]
    fn a_try_during_the_wait_is_not_looked_at_and_does_not_lengthen_it() {
        let now = Timestamp::UNIX_EPOCH;
        let tally = counted(Held::Client, 12, now);
        assert_eq!(judge_try(Held::Client, Some(tally), now), Err(tally.free_at));
        assert!(judge_try(Held::Client, Some(tally), tally.free_at).is_ok());
    }

    #[test]
    fn after_an_hour_without_failures_all_is_forgotten() {
        let now = Timestamp::UNIX_EPOCH;
        let tally = counted(Held::Client, 40, now);
        let known = Tally { kept_until: Timestamp::MAX, ..tally };
        for tally in [tally, known] {
            let next = judge_try(Held::Client, Some(tally), tally.free_at + MEMORY).unwrap();
            assert_eq!(next.failures, 1);
        }
    }
}
