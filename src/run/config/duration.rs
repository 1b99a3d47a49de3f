//! Durations as people write them: `500ms`, `30s`, `5m`, `1h 30m`, `5d`. A day is 24 hours, a week
//! seven days.

use super::error::Fault;
use jiff::{Span, SpanRelativeTo};
use std::time::Duration;

/// Parses a duration.
///
/// # Errors
/// When it has no unit, is negative, or counts in months or years, which vary in length.
pub fn parse(text: &str) -> Result<Duration, Fault> {
    let remedy = "Write a number and a unit in quotes, like \"30s\", \"5m\", \"2h\" or \"5d\"";
    let span: Span = text.trim().parse().map_err(|_| Fault::new("is not a duration", remedy))?;
    let exact = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| Fault::new("counts in months or years, which differ in length", "Count in days, like \"30d\""))?;
    Duration::try_from(exact).map_err(|_| Fault::new("is a negative duration", remedy))
}

/// A duration that displays in the notation that [`parse`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(pub Duration);

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, millis) = (self.0.as_secs(), self.0.subsec_millis());
        let parts = [
            (seconds / 86_400, "d"),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "m"),
            (seconds % 60, "s"),
            (u64::from(millis), "ms"),
        ];
        let written: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
        f.write_str(if written.is_empty() { "0s" } else { "" })?;
        f.write_str(&written.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_displays_the_way_it_is_read() {
        for text in ["0s", "500ms", "30s", "5m", "1h 30m", "5d", "90d", "1d 2h 3m 4s 5ms"] {
            assert_eq!(Period(parse(text).unwrap()).to_string(), text);
        }
        assert_eq!(parse("1w").unwrap(), Duration::from_secs(7 * 86_400));
    }

    #[test]
    fn what_has_no_fixed_length_is_no_duration() {
        for text in ["", "5", "5 parsecs", "-5m", "1mo", "1y", "5m;", "99999999999999999999d", "\0"] {
            assert!(parse(text).is_err(), "{text:?} was taken");
        }
    }
}
