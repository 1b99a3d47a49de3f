//! Times on pages: UTC, to the minute; the exact one stands behind it for machines.

pub use crate::domain::wording::span;
use jiff::Timestamp;
use jiff::tz::TimeZone;

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
}
