//! Times on pages: UTC, to the minute; the exact one stands behind it for machines.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Borrow;

/// `2026-12-01 04:00 UTC`.
#[must_use]
pub fn minute(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// As a browser's field for date and time holds it: `2026-12-01T04:00`, in UTC.
#[must_use]
pub fn field(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// A time as people and scripts write it: with its zone, or without one in UTC.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    crate::flag::moment::read(text, Some(&TimeZone::UTC)).ok()
}

/// How long ago a moment was, as seen at `now`.
#[must_use]
pub fn ago(at: &Timestamp, now: &Timestamp) -> String {
    span(now.duration_since(*at).as_secs())
}

/// How long something took or takes, in its two largest units: `3 h 20 min`, `2 d`, `40 s`.
#[must_use]
pub fn span(seconds: impl Borrow<i64>) -> String {
    let seconds = *seconds.borrow();
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut left = seconds.max(0);
    let mut words = Vec::new();
    for (unit, size) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        } else if !words.is_empty() {
            break;
        }
    }
    words.truncate(2);
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        let four: Timestamp = "2026-12-01T04:00:00Z".parse().unwrap();
        for text in ["2026-12-01T04:00", " 2026-12-01 04:00:00 ", "2026-12-01T05:00+01:00", "2026-12-01T04:00Z"] {
            assert_eq!(read(text), Some(four), "{text}");
        }
        for text in ["", "tomorrow", "04:00", "2026-13-01T04:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let told =
            [(-5, "0 s"), (40, "40 s"), (60, "1 min"), (3_661, "1 h 1 min"), (7_205, "2 h"), (200_000, "2 d 7 h")];
        for (seconds, words) in told {
            assert_eq!(span(seconds), words);
        }
    }
}
