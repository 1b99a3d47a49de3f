//! Times for programs: RFC 3339 in UTC, always with six fractional digits, so that every time has
//! the same width and texts sort as times do. Nanoseconds are cut, because the store does not keep
//! them.

use jiff::Timestamp;
use serde::Serializer;

/// The time as text: `2026-12-01T04:00:00.000000Z`.
#[must_use]
pub fn text(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// For `#[serde(serialize_with = …)]` on a `Timestamp` or an `Option<Timestamp>`; `None` becomes
/// `null`.
///
/// # Errors
/// The serializer's errors.
pub fn serialize<T, S>(time: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy + Into<Option<Timestamp>>,
    S: Serializer,
{
    match (*time).into() {
        Some(time) => serializer.collect_str(&format_args!("{time:.6}")),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Row {
        #[serde(serialize_with = "serialize")]
        at: Timestamp,
        #[serde(serialize_with = "serialize")]
        until: Option<Timestamp>,
    }

    #[test]
    fn a_time_has_six_digits_whatever_its_fraction_is() {
        for (fraction, digits) in [("", "000000"), (".5", "500000"), (".123456", "123456"), (".123456789", "123456")] {
            let at: Timestamp = format!("2026-12-01T04:00:00{fraction}Z").parse().unwrap();
            let expected = format!("2026-12-01T04:00:00.{digits}Z");
            let row = serde_json::json!(Row { at, until: Some(at) });
            assert_eq!((text(at), row), (expected.clone(), serde_json::json!({"at": expected, "until": expected})));
        }
    }

    #[test]
    fn no_time_is_null() {
        let row = serde_json::json!(Row { at: Timestamp::UNIX_EPOCH, until: None });
        assert_eq!(row["until"], serde_json::Value::Null);
    }
}
