//! Parses times as people type them.

use super::ending::{Ending, Result};
use crate::flag::moment::{self, MomentError};
use crate::run::config::duration;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The direction of a bare duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// `2h` is two hours ago.
    Past,
    /// `2h` is in two hours.
    Future,
}

/// Parses `2026-12-01T04:00Z`, `2026-12-01 04:00` (in the machine's time zone), `2026-12-01`, or a
/// duration.
pub fn parse(option: &str, text: &str, towards: Towards, now: Timestamp) -> Result<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    // A planned time that a clock change makes ambiguous is refused; a past time may be an hour
    // off.
    if towards == Towards::Future {
        match moment::read(text, Some(&TimeZone::system())) {
            Ok(time) => return Ok(time),
            Err(MomentError::NoTime(_)) => {}
            Err(error) => return Err(Ending::misused(format!("{option}: {error}"))),
        }
    }
    let civil = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)));
    if let Some(zoned) = civil.and_then(|civil| civil.to_zoned(TimeZone::system()).ok()) {
        return Ok(zoned.timestamp());
    }
    let wrong = || {
        Ending::misused(format!(
            "{option} {text}: no time: write 2026-12-01T04:00Z, \"2026-12-01 04:00\" for local time, or a duration like 2h"
        ))
    };
    let span = duration::parse(text.trim_start_matches('+')).map_err(|_| wrong())?;
    let moved = match towards {
        Towards::Past => now.checked_sub(span),
        Towards::Future => now.checked_add(span),
    };
    moved.map_err(|_| wrong())
}

/// How long ago `at` was: `12 s ago`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", about(at, now))
}

/// How soon `at` is: `in 48 s`, or `now` once the time has come.
pub fn ahead(at: Timestamp, now: Timestamp) -> String {
    if at <= now { "now".to_owned() } else { format!("in {}", about(now, at)) }
}

/// The duration between two times, in its largest unit.
fn about(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_how_long_ago_and_how_soon() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let at = |seconds: i64| now + jiff::SignedDuration::from_secs(seconds);
        let said: Vec<_> = [-1, -119, -120, -7_200, -400_000, 5].map(|seconds| ago(at(seconds), now)).into();
        assert_eq!(said, ["1 s ago", "119 s ago", "2 min ago", "2 h ago", "4 d ago", "0 s ago"]);
        let said: Vec<_> = [-5, 0, 48, 3_600].map(|seconds| ahead(at(seconds), now)).into();
        assert_eq!(said, ["now", "now", "in 48 s", "in 60 min"]);
    }

    #[test]
    fn people_write_times_in_several_ways() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let parse = |text, towards| super::parse("--until", text, towards, now).unwrap().to_string();
        assert_eq!(parse("2026-12-01T04:00Z", Towards::Future), "2026-12-01T04:00:00Z");
        assert_eq!(parse("2h", Towards::Future), "2026-12-01T02:00:00Z");
        assert_eq!(parse("1d", Towards::Past), "2026-11-30T00:00:00Z");
        assert!(super::parse("--until", "soon", Towards::Future, now).is_err());
    }
}
