//! Times on pages: UTC, to the minute; the markup also has the exact time for machines.

pub use crate::domain::wording::span;
use crate::edge::http::param::restored;
use crate::flag::moment::{self, MomentError};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time as `2026-12-01 04:00 UTC`.
#[must_use]
pub fn minute(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time in UTC as a browser's date and time field holds it: `2026-12-01T04:00`, with seconds if
/// there are any. Such a field has at most three fractional digits.
#[must_use]
pub fn field(at: &Timestamp) -> String {
    let (second, millisecond) = (at.as_second() % 60, at.subsec_millisecond());
    let format = match (second, millisecond) {
        (0, 0) => "%Y-%m-%dT%H:%M",
        (_, 0) => "%Y-%m-%dT%H:%M:%S",
        (_, _) => "%Y-%m-%dT%H:%M:%S%.3f",
    };
    at.strftime(format).to_string()
}

/// Parses a time as people and scripts write it; without a zone it is UTC.
///
/// # Errors
/// When the text is not a time, or one that cannot be stored.
pub fn read(text: &str) -> Result<Timestamp, MomentError> {
    moment::read(&restored(text), Some(&TimeZone::UTC))
}

/// The age of a moment at `now`.
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
            assert_eq!(read(text), Ok(four), "{text}");
        }
        for text in ["2026-12-01T05:00 01:00", "2026-12-01 05:00 01:00"] {
            assert_eq!(read(text), Ok(four), "{text}: a plus that was not escaped");
        }
        for text in ["", "tomorrow", "04:00", "2026-13-01T04:00"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_shows_the_seconds_that_there_are() {
        for (at, shown) in [
            ("2026-12-01T04:00:00Z", "2026-12-01T04:00"),
            ("2026-12-01T04:00:30Z", "2026-12-01T04:00:30"),
            ("2026-12-01T04:00:00.250Z", "2026-12-01T04:00:00.250"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(field(&at), shown);
            assert_eq!(read(shown), Ok(at));
        }
    }
}
