//! Parses a time as people plan it: with its time zone, or in a zone given separately.
//!
//! When the clocks change, a local time may not exist or may occur twice. Such a time is refused,
//! and the error names both readings, each in an unambiguous spelling, so that no maintenance
//! begins an hour off because a program guessed.

use jiff::civil::DateTime;
use jiff::fmt::temporal::{DateTimeParser, Pieces};
use jiff::tz::{AmbiguousOffset, Offset, OffsetConflict, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Zoned};

/// What is wrong with a time that is too far away.
pub const BEYOND: &str = "is too far away: the last time that can be kept is 9999-12-30T22:00:00Z";

/// Why a text does not denote one moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// The text is empty.
    #[error("the time is missing: write one such as 2026-12-01T02:00Z")]
    Missing,
    /// It is later, or earlier, than a moment that can be kept.
    #[error("`{0}` {BEYOND}")]
    Beyond(String),
    /// It is not a time.
    #[error("`{0}` is no time: write 2026-12-01T02:00Z, 2026-12-01T02:00+01:00 or 2026-12-01T02:00[Europe/Berlin]")]
    NoTime(String),
    /// It has no zone, and none was given separately.
    #[error("`{0}` has no time zone: write {0}Z for UTC, or add an offset (+01:00) or a zone ([Europe/Berlin])")]
    NoZone(String),
    /// Its offset is not the zone's offset at that time.
    #[error("`{0}` contradicts itself: the zone has another offset at that time; leave one of the two out")]
    Contradiction(String),
    /// The zone does not exist.
    #[error("there is no time zone `{0}`: write a name like Europe/Berlin or UTC")]
    NoSuchZone(String),
    /// The local time is skipped when the clocks go forward.
    #[error("{civil} does not exist in {zone}, because the clocks are put forward then: write {later} or {earlier}", civil = plain(*.civil))]
    Skipped {
        /// The local time as written.
        civil: DateTime,
        /// The zone.
        zone: String,
        /// The reading by the offset before the change.
        later: String,
        /// The reading by the offset after the change.
        earlier: String,
    },
    /// The local time occurs twice when the clocks go back.
    #[error("{civil} comes twice in {zone}, because the clocks are put back then: write {first} for the first or {second} for the second", civil = plain(*.civil))]
    Twice {
        /// The local time as written.
        civil: DateTime,
        /// The zone.
        zone: String,
        /// The first occurrence.
        first: String,
        /// The second occurrence.
        second: String,
    },
    /// It is not a length of time.
    #[error("`{0}` is no length of time: write 2h, 90m, 1h 30m or PT2H")]
    NoLength(String),
}

/// Parses a moment; `zone` applies to a time without zone or offset.
///
/// # Errors
/// When the text denotes no moment, or more than one.
pub fn read(text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, MomentError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(MomentError::Missing);
    }
    let no_time = || MomentError::NoTime(short(text));
    let pieces = Pieces::parse(text).map_err(|_| no_time())?;
    let annotated = pieces.to_time_zone().map_err(|_| MomentError::NoSuchZone(annotation(text)))?;
    if let Some(offset) = pieces.to_numeric_offset() {
        let civil = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        offset.to_timestamp(civil).map_err(|_| MomentError::Beyond(short(text)))?;
        return match annotated {
            None => text.parse().map_err(|_| no_time()),
            Some(_) => {
                let exact = DateTimeParser::new().offset_conflict(OffsetConflict::Reject).parse_zoned(text);
                exact.map(|zoned| zoned.timestamp()).map_err(|_| MomentError::Contradiction(short(text)))
            }
        };
    }
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    match annotated.as_ref().or(zone) {
        Some(zone) => at(civil, zone),
        None => Err(MomentError::NoZone(short(text))),
    }
}

/// The moment at which local clocks in `zone` show `civil`.
fn at(civil: DateTime, zone: &TimeZone) -> Result<Timestamp, MomentError> {
    let by = |offset: Offset| offset.to_timestamp(civil);
    let beyond = |_| MomentError::Beyond(civil.to_string());
    let shown = |offset: Offset| by(offset).map(|time| exactly(&time.to_zoned(zone.clone()))).map_err(beyond);
    match zone.to_ambiguous_zoned(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => by(offset).map_err(beyond),
        AmbiguousOffset::Gap { before, after } => {
            Err(MomentError::Skipped { civil, zone: name(zone), later: shown(before)?, earlier: shown(after)? })
        }
        AmbiguousOffset::Fold { before, after } => {
            Err(MomentError::Twice { civil, zone: name(zone), first: shown(before)?, second: shown(after)? })
        }
    }
}

/// Parses a length of time; a day is 24 hours.
///
/// # Errors
/// When the text is not a length of time, is not positive, or counts in months or years, which vary
/// in length.
pub fn read_length(text: &str) -> Result<SignedDuration, MomentError> {
    let wrong = || MomentError::NoLength(short(text));
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    if length.is_positive() { Ok(length) } else { Err(wrong()) }
}

/// Finds a zone by its name in the time zone database.
///
/// # Errors
/// When no zone has that name.
pub fn zone(name: &str) -> Result<TimeZone, MomentError> {
    TimeZone::get(name).map_err(|_| MomentError::NoSuchZone(short(name)))
}

/// The name of a zone; UTC for a system without a configured zone.
#[must_use]
pub fn name(zone: &TimeZone) -> String {
    zone.iana_name().filter(|_| !zone.is_unknown()).unwrap_or("UTC").to_owned()
}

/// The local time as a clock shows it.
fn plain(civil: DateTime) -> String {
    civil.strftime("%Y-%m-%d %H:%M").to_string()
}

/// An unambiguous spelling, to the minute (clocks have changed on whole minutes only in living
/// memory).
fn exactly(zoned: &Zoned) -> String {
    zoned.strftime("%Y-%m-%dT%H:%M%:z").to_string()
}

/// The zone's name inside brackets.
fn annotation(text: &str) -> String {
    short(text.split(['[', ']']).nth(1).unwrap_or(text))
}

/// The user's input for an error message: on one line, and truncated.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        zone("Europe/Berlin").unwrap()
    }

    fn utc(text: &str) -> String {
        read(text, Some(&berlin())).map_or_else(|error| error.to_string(), |time| time.to_string())
    }

    #[test]
    fn a_moment_is_read_in_its_own_zone_or_else_in_the_known_one() {
        for text in [
            "2026-12-01T02:00[Europe/Berlin]",
            "2026-12-01 02:00",
            "2026-12-01T02:00:00",
            "2026-12-01T02:00+01:00",
            "2026-12-01T02:00+01:00[Europe/Berlin]",
            "2026-12-01T01:00Z",
            " 2026-12-01 01:00Z ",
            "2026-11-30T20:00[America/New_York]",
        ] {
            assert_eq!(utc(text), "2026-12-01T01:00:00Z", "{text}");
        }
        assert_eq!(utc("2026-07-01"), "2026-06-30T22:00:00Z");
    }

    #[test]
    fn what_names_no_moment_is_refused_with_the_remedy() {
        let naive = read("2026-12-01T02:00", None).unwrap_err();
        assert_eq!(
            naive.to_string(),
            "`2026-12-01T02:00` has no time zone: write 2026-12-01T02:00Z for UTC, or add an offset (+01:00) or a zone ([Europe/Berlin])"
        );
        assert_eq!(
            utc("2026-12-01T02:00[Europe/Atlantis]"),
            MomentError::NoSuchZone("Europe/Atlantis".into()).to_string()
        );
        let contradiction = MomentError::Contradiction("2026-07-01T02:00+01:00[Europe/Berlin]".into());
        assert_eq!(utc("2026-07-01T02:00+01:00[Europe/Berlin]"), contradiction.to_string());
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-12-01T25:00",
            "2026-12-01T02:00+99:00",
            "02:00",
            "\0",
            "[",
            "[]",
            "2026-12-01[",
            "9999-12-31T23:59-23:00",
        ] {
            assert!(read(text, Some(&berlin())).is_err(), "{text:?}");
        }
        assert_eq!(zone("Mars/Olympus"), Err(MomentError::NoSuchZone("Mars/Olympus".into())));
    }

    #[test]
    fn a_time_that_is_missing_or_cannot_be_kept_is_not_called_something_else() {
        for text in ["", " "] {
            assert_eq!(read(text, Some(&berlin())), Err(MomentError::Missing));
        }
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59", "9999-12-31T23:59-23:00"] {
            let error = read(text, Some(&TimeZone::UTC)).unwrap_err();
            assert!(matches!(error, MomentError::Beyond(_)), "{error}");
        }
        assert_eq!(read("9999-12-30T22:00:00Z", None).map(|time| time.to_string()), Ok("9999-12-30T22:00:00Z".into()));
    }

    #[test]
    fn a_time_the_clocks_skip_is_refused_and_both_readings_are_named() {
        for text in ["2026-03-29 02:30", "2026-03-29T02:30[Europe/Berlin]"] {
            assert_eq!(
                utc(text),
                "2026-03-29 02:30 does not exist in Europe/Berlin, because the clocks are put forward then: \
                 write 2026-03-29T03:30+02:00 or 2026-03-29T01:30+01:00"
            );
        }
        assert_eq!(utc("2026-03-29 01:59"), "2026-03-29T00:59:00Z");
        assert_eq!(utc("2026-03-29 03:00"), "2026-03-29T01:00:00Z");
        assert_eq!(
            (utc("2026-03-29T03:30+02:00"), utc("2026-03-29T01:30+01:00")),
            ("2026-03-29T01:30:00Z".into(), "2026-03-29T00:30:00Z".into())
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_refused_and_both_readings_are_named() {
        for text in ["2026-10-25 02:30", "2026-10-25T02:30[Europe/Berlin]"] {
            assert_eq!(
                utc(text),
                "2026-10-25 02:30 comes twice in Europe/Berlin, because the clocks are put back then: \
                 write 2026-10-25T02:30+02:00 for the first or 2026-10-25T02:30+01:00 for the second"
            );
        }
        assert_eq!(utc("2026-10-25 01:59"), "2026-10-24T23:59:00Z");
        assert_eq!(utc("2026-10-25 03:00"), "2026-10-25T02:00:00Z");
        assert_eq!(utc("2026-10-25T02:30+02:00[Europe/Berlin]"), "2026-10-25T00:30:00Z");
        assert_eq!(utc("2026-10-25T02:30+01:00"), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn a_length_is_real_time() {
        for text in ["2h", "120m", "1h 60m", "PT2H", " 2 hours "] {
            assert_eq!(read_length(text), Ok(SignedDuration::from_hours(2)), "{text}");
        }
        assert_eq!(read_length("1d"), Ok(SignedDuration::from_hours(24)));
        for text in ["", "0s", "-2h", "1mo", "1y", "2", "two hours", "2h ago"] {
            assert!(read_length(text).is_err(), "{text:?}");
        }
    }
}
