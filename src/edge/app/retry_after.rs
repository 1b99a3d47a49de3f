//! Parses `Retry-After` (RFC 9110 §10.2.3) from the application's answer. Pure.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// Longest wait that is accepted: an application with a wrong clock must not stop its mail for a
/// year.
const MAX_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Reads seconds or an HTTP date; `None` if the value is neither, or is in the past.
pub(super) fn read(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let latest = now.saturating_add(MAX_WAIT).unwrap_or(Timestamp::MAX);
    let at = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(i64::MAX);
        now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    } else {
        DateTimeParser::new().parse_timestamp(value).ok()?
    };
    (at > now).then(|| at.min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(value: &str) -> Option<i64> {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        read(value, now).map(|at| at.duration_since(now).as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(after("120"), Some(120));
        assert_eq!(after(" Sun, 22 Nov 2026 12:01:00 GMT "), Some(60));
    }

    #[test]
    fn a_wait_is_never_longer_than_a_day() {
        for value in ["86401", "99999999999999999999999999", "Sun, 22 Nov 2037 12:01:00 GMT"] {
            assert_eq!(after(value), Some(86_400), "{value}");
        }
    }

    #[test]
    fn what_is_past_or_nonsense_is_left_out() {
        for value in ["", "0", "-5", "soon", "1.5", "Sun, 22 Nov 2020 12:01:00 GMT", "\u{661}"] {
            assert_eq!(after(value), None, "{value}");
        }
    }
}
