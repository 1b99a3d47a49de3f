//! Spreadsheet cells: makes an export safe to open, so that no cell runs as a formula.

use serde_json::Value;
use std::borrow::Cow;

/// A value as the text of a cell: empty for null, lists joined by commas, objects as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A value as a CSV cell; every text is [defused](defuse).
#[must_use]
pub fn cell(value: &Value) -> String {
    match value {
        // A negative number starts with `-` but is not a formula.
        Value::Number(number) => number.to_string(),
        value => defuse(&text(value)).into_owned(),
    }
}

/// `text` as a cell that no spreadsheet treats as a formula.
///
/// A spreadsheet executes a cell whose first character is one of `= + - @ |` or their full-width
/// twins. Some programs skip spaces, quotes and separators before it, and a leading tab or line
/// break hides it. Such a cell gets a leading `'`, which spreadsheets show as text. Control
/// characters other than tab and line breaks become U+FFFD, because an export may be viewed on a
/// terminal.
#[must_use]
pub fn defuse(text: &str) -> Cow<'_, str> {
    let unprintable = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    let runs = is_live(text);
    if !runs && !text.contains(unprintable) {
        return Cow::Borrowed(text);
    }
    let printable = text.chars().map(|c| if unprintable(c) { '\u{fffd}' } else { c });
    Cow::Owned(runs.then_some('\'').into_iter().chain(printable).collect())
}

/// Whether a spreadsheet might execute a cell with this beginning.
fn is_live(text: &str) -> bool {
    text.chars().find(|c| !is_skipped(*c)).is_some_and(|c| "=+-@|＝＋－＠｜\t\r\n".contains(c))
}

/// Characters that a spreadsheet may skip before the first significant one: spaces of any width,
/// quotes, separators, invisible characters.
fn is_skipped(c: char) -> bool {
    let line = matches!(c, '\t' | '\r' | '\n');
    let invisible = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !line && (c.is_whitespace() || c.is_control() || invisible || "'\"`;,“”„‘’«»".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_quoted() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "|calc",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "  =1",
            "\"=1\"",
            "'=1",
            " \"'=cmd|' /C calc'!A0",
            ";=1",
            "\u{feff}=1",
            "\u{a0}=1",
            "\u{0}=1",
            " \t x",
        ] {
            let cell = defuse(text);
            assert!(cell.starts_with('\''), "{text:?} became {cell:?}");
        }
    }

    #[test]
    fn a_number_is_no_formula_and_a_list_is_defused_as_one_cell() {
        use serde_json::json;
        let cells = [json!(null), json!(-1), json!("-1"), json!(["=1", "b"]), json!(true)].map(|value| cell(&value));
        assert_eq!(cells, ["", "-1", "'-1", "'=1, b", "true"]);
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["", "new_note", "a=b", "1 - 2", "ann@example.com", "Re: [x] y", "2026-12-01T04:00:00Z", "Jörg"] {
            assert!(matches!(defuse(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_with_what_runs_and_nothing_readable_is_lost(text in "[ \"';=+@|a\\x00\\x1b\t\n-]{0,12}") {
            let cell = defuse(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '|', '\t', '\r', '\n']));
            let blot = |c| if matches!(c, '\0' | '\x1b') { '\u{fffd}' } else { c };
            let shown: String = text.chars().map(blot).collect();
            prop_assert!(*cell == shown || cell.strip_prefix('\'') == Some(shown.as_str()));
        }
    }
}
