//! Numbers, lists and time spans in plain words, the same on pages, in commands and in JSON.

use std::borrow::Borrow;

/// A number in groups of three digits: `12,345`. Templates pass references, code passes values.
#[must_use]
pub fn number(count: impl Borrow<i64>) -> String {
    let count = *count.borrow();
    let digits = count.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if count < 0 { format!("-{grouped}") } else { grouped }
}

/// `1 delivery`, `2 deliveries`.
#[must_use]
pub fn counted(count: impl Borrow<i64>, one: &str, many: &str) -> String {
    let count = *count.borrow();
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A list as in a sentence: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A duration in its two largest units: `3 h 20 min`, `2 d`, `40 s`.
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
    fn numbers_stand_in_groups_of_three_and_agree_with_what_they_count() {
        let told = [(0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")];
        for (count, words) in told {
            assert_eq!(number(count), words);
        }
        assert_eq!(
            (counted(1, "mail", "mails"), counted(0, "mail", "mails")),
            ("1 mail".to_owned(), "0 mails".to_owned())
        );
        let words = |words: &[&str]| listed(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            (words(&[]), words(&["a"]), words(&["a", "b", "c"])),
            (String::new(), "a".to_owned(), "a, b and c".to_owned())
        );
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
