//! Times on pages: UTC, to the minute; the exact one stands behind it for machines.

use jiff::Timestamp;

/// `2026-12-01 04:00 UTC`.
#[must_use]
pub fn minute(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long something took or takes, in its two largest units: `3 h 20 min`, `2 d`, `40 s`.
#[must_use]
pub fn span(seconds: i64) -> String {
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
    fn a_span_is_told_in_its_two_largest_units() {
        let told =
            [(-5, "0 s"), (40, "40 s"), (60, "1 min"), (3_661, "1 h 1 min"), (7_205, "2 h"), (200_000, "2 d 7 h")];
        for (seconds, words) in told {
            assert_eq!(span(seconds), words);
        }
    }
}
