use super::*;
use serde_json::json;

const NOTHING: &str = "There is nothing.";
const COLUMNS: [&str; 3] = ["id", "subject", "size_bytes"];

fn style(format: Format, width: Option<u16>) -> Style {
    Style { format, width, colour: false }
}

fn shown(values: &[Value], style: Style) -> String {
    let mut out = Vec::new();
    rows(&COLUMNS, values.iter().cloned(), NOTHING, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sample() -> Vec<Value> {
    vec![
        json!({"id": "a1", "subject": "Build failed", "size_bytes": 7, "state": "held"}),
        json!({"id": "b2", "subject": null, "size_bytes": -1, "state": "refused"}),
    ]
}

#[test]
fn a_table_shows_the_columns_in_order() {
    insta::assert_snapshot!(shown(&sample(), style(Format::Table, Some(60))), @r#"
    ┌────┬──────────────┬────────────┐
    │ id ┆ subject      ┆ size_bytes │
    ╞════╪══════════════╪════════════╡
    │ a1 ┆ Build failed ┆ 7          │
    │ b2 ┆              ┆ -1         │
    └────┴──────────────┴────────────┘
    "#);
}

#[test]
fn a_table_without_rows_is_its_header() {
    insta::assert_snapshot!(shown(&[], style(Format::Table, Some(60))), @r#"
    ┌────┬─────────┬────────────┐
    │ id ┆ subject ┆ size_bytes │
    ╞════╪═════════╪════════════╡
    └────┴─────────┴────────────┘
    "#);
}

#[test]
fn json_is_one_array_with_every_field() {
    let text = shown(&sample(), style(Format::Json, None));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&text).unwrap(), sample());
    assert_eq!(text.lines().count(), 4);
    assert_eq!(shown(&[], style(Format::Json, None)), "[]\n");
}

#[test]
fn no_table_is_wider_than_the_terminal_and_each_row_is_one_line() {
    let long = json!({"id": "0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c", "subject": "漢字".repeat(400), "size_bytes": 1});
    for width in [20_u16, 40, 80, 200] {
        let text = shown(std::slice::from_ref(&long), style(Format::Table, Some(width)));
        let widest = text.lines().map(columns_of).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} of {width}:\n{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains('…'));
    }
}

/// Width on a terminal: the ideographs here take two columns, all other characters one.
fn columns_of(line: &str) -> usize {
    line.chars().map(|c| if ('\u{4e00}'..='\u{9fff}').contains(&c) { 2 } else { 1 }).sum()
}

#[test]
fn what_is_cut_is_never_an_id_a_time_or_a_word() {
    let columns = ["suppressed_at", "recipient", "state", "id", "subject"];
    let row = json!({
        "suppressed_at": "2026-11-22T14:40:48.205732Z", "recipient": "ops-team-with-a-long-name@monitoring.example.com",
        "state": "suppressed", "id": "0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c", "subject": "The disk of gateway-1 is full",
    });
    let show = |width| {
        let mut out = Vec::new();
        rows(&columns, [row.clone()].into_iter(), NOTHING, style(Format::Table, Some(width)), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!(show(80), @r#"
    ┌──────────────────────┬──────────────────────────────────────────┬────────────┐
    │ suppressed_at        ┆ recipient                                ┆ state      │
    ╞══════════════════════╪══════════════════════════════════════════╪════════════╡
    │ 2026-11-22 14:40:48Z ┆ ops-team-with-a-long-name@monitoring.ex… ┆ suppressed │
    └──────────────────────┴──────────────────────────────────────────┴────────────┘
    "#);
    insta::assert_snapshot!(show(115), @r#"
    ┌──────────────────────┬───────────────────────┬────────────┬──────────────────────────────────────┬──────────────┐
    │ suppressed_at        ┆ recipient             ┆ state      ┆ id                                   ┆ subject      │
    ╞══════════════════════╪═══════════════════════╪════════════╪══════════════════════════════════════╪══════════════╡
    │ 2026-11-22 14:40:48Z ┆ ops-team-with-a-long… ┆ suppressed ┆ 0190f3c2-7a52-7e3a-9b1c-2f6d4e8a1b3c ┆ The disk of… │
    └──────────────────────┴───────────────────────┴────────────┴──────────────────────────────────────┴──────────────┘
    "#);
}

#[test]
fn what_failed_is_red_where_colours_are_wanted() {
    let shown = |colour| {
        let mut out = Vec::new();
        let style = Style { format: Format::Table, width: Some(60), colour };
        let states =
            ["failed", "held", "delivered", "queued"].map(|state| json!({"state": state, "subject": "failed"}));
        rows(&["state", "subject"], states.into_iter(), NOTHING, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let coloured = shown(true);
    for code in ["\u{1b}[38;5;1m failed", "\u{1b}[38;5;3m held", "\u{1b}[38;5;2m delivered"] {
        assert_eq!(coloured.matches(code).count(), 1, "{coloured:?}");
    }
    assert!(coloured.contains(" queued") && !shown(false).contains('\u{1b}'));
}

#[test]
fn the_narrowest_terminal_breaks_nothing() {
    for width in 0..12 {
        shown(&sample(), style(Format::Table, Some(width)));
    }
}

#[test]
fn nothing_a_stranger_wrote_reaches_the_terminal_raw() {
    let hostile = json!({"id": "x", "subject": "a\u{1b}[31m\r\nb\u{9b}2J\u{202e}\t\u{0}", "size_bytes": 1});
    for format in [Format::Table, Format::Json, Format::Csv] {
        let mut text = shown(std::slice::from_ref(&hostile), style(format, Some(80)));
        let mut single = Vec::new();
        one(&[], &hostile, style(format, Some(80)), &mut single).unwrap();
        text.push_str(std::str::from_utf8(&single).unwrap());
        let raw = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        assert!(!text.contains(raw), "{text:?}");
    }
}

#[test]
fn colour_is_a_bold_header_and_only_when_wanted() {
    let coloured = shown(&sample(), Style { format: Format::Table, width: Some(60), colour: true });
    assert!(coloured.contains("\u{1b}[1m"));
    assert!(!shown(&sample(), style(Format::Table, Some(60))).contains('\u{1b}'));
}

#[test]
fn a_spreadsheet_reads_back_what_was_written_and_runs_none_of_it() {
    let subjects = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        " \"=1\"",
        "a,b",
        "say \"hi\"",
        "x;=1",
        "two\nlines",
        "",
    ];
    let values: Vec<Value> =
        subjects.iter().map(|subject| json!({"id": "1", "subject": subject, "size_bytes": -5})).collect();
    let text = shown(&values, style(Format::Csv, None));
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["id", "subject", "size_bytes"]);
    let read: Vec<::csv::StringRecord> = reader.records().collect::<std::result::Result<_, _>>().unwrap();
    assert_eq!(read.len(), subjects.len());
    for (record, subject) in read.iter().zip(subjects) {
        assert!(!record[1].starts_with(['=', '+', '-', '@', '\t', '＝']), "{record:?}");
        assert_eq!(record[1].strip_prefix('\'').unwrap_or(&record[1]), subject);
        assert_eq!(&record[2], "-5");
    }
}

#[test]
fn lists_and_objects_fit_into_cells() {
    let value = json!({"id": ["a", "b"], "subject": {"k": 1}, "size_bytes": true});
    assert_eq!(shown(&[value], style(Format::Csv, None)).lines().nth(1), Some("\"a, b\",\"{\"\"k\"\":1}\",\"true\""));
}

#[test]
fn one_thing_shows_its_chosen_fields_first_and_then_all_others() {
    let thing = json!({"alpha": 1, "id": "x", "long": "word ".repeat(30), "state": "on"});
    let show = |format| {
        let mut out = Vec::new();
        one(&["id", "state"], &thing, style(format, Some(50)), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!(show(Format::Table), @r#"
    ┌───────┬────────────────────────────────────┐
    │ id    ┆ x                                  │
    │ state ┆ on                                 │
    │ alpha ┆ 1                                  │
    │ long  ┆ word word word word word word word │
    │       ┆ word word word word word word word │
    │       ┆ word word word word word word word │
    │       ┆ word word word word word word word │
    │       ┆ word word                          │
    └───────┴────────────────────────────────────┘
    "#);
    assert_eq!(serde_json::from_str::<Value>(&show(Format::Json)).unwrap(), thing);
    assert!(show(Format::Csv).starts_with("\"id\",\"state\",\"alpha\",\"long\"\n\"x\",\"on\",\"1\","));
}

#[test]
fn ten_thousand_rows_are_laid_out_in_pages() {
    let text = shown(&vec![json!({"id": "x"}); 1_100], style(Format::Table, Some(40)));
    assert_eq!(text.matches("│ x ").count(), 1_100);
    assert_eq!(text.matches("subject").count(), 3);
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_report() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }
    for format in [Format::Table, Format::Json, Format::Csv] {
        let error = rows(&COLUMNS, sample().into_iter(), NOTHING, style(format, None), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
}
