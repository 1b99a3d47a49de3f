//! Values in the cells of a spreadsheet, so that opening an export runs nothing.

use serde_json::Value;
use std::borrow::Cow;

/// A value as the text of a cell: nothing for null, lists by comma, objects as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A value as a cell of CSV, every text [defused](defuse).
#[must_use]
pub fn cell(value: &Value) -> String {
    match value {
        // A negative number begins with a live character and is none.
        Value::Number(number) => number.to_string(),
        value => defuse(&text(value)).into_owned(),
    }
}

/// `text` as a cell that no spreadsheet takes for a formula.
///
/// A cell is executed when its first character is one of `= + - @ |` or their full-width twins; spaces, quotes and
/// separators before it are skipped by one program or another, and a leading tab or line break hides it. Such a cell
/// gets a leading `'`, which spreadsheets show as text. Control characters other than tab and line breaks become
/// U+FFFD: an export may be looked at on a terminal.
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

/// Might a spreadsheet execute a cell that begins like this?
fn is_live(text: &str) -> bool {
    text.chars().find(|c| !is_skipped(*c)).is_some_and(|c| "=+-@|＝＋－＠｜\t\r\n".contains(c))
}

/// What may stand before the character that counts: spaces of any width, quotes, separators, invisible characters.
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
