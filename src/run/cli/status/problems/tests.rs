//! Readiness, the overview and the console, side by side.

use super::objects;
use crate::concern::Concern;
use crate::concern::judge::judge;
use crate::concern::judge::tests::{now, situations};
use crate::edge::http::page::overview::concern::Concerns;
use crate::shown;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a door shows of a concern: its name, how urgent it is, and all words.
type Shown = (String, String, String);

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn in_json(concerns: &Value) -> Vec<Shown> {
    let words = |row: &Value| format!("{} {}", text(&row["sentence"]), text(&row["remedy"]));
    concerns.as_array().unwrap().iter().map(|row| (text(&row["code"]), text(&row["severity"]), words(row))).collect()
}

fn on_page(html: &str) -> Vec<Shown> {
    let value = |tag: &str, name: &str| tag.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned);
    let notes = html.split("<div ").skip(1);
    notes
        .map(|note| {
            let (tag, rest) = note.split_once('>').unwrap();
            let severity = if value(tag, "class").unwrap() == "note bad" { "error" } else { "warning" };
            let mut words = String::new();
            for piece in rest.split("</div>").next().unwrap().split("<a ").next().unwrap().split('<') {
                let (tag, shown) = piece.split_once('>').unwrap_or(("", piece));
                // A time is shown to people; what it says to programs is the same as in the other doors.
                words.push_str(
                    &value(tag, "datetime").filter(|_| tag.starts_with("time")).unwrap_or_else(|| shown.to_owned()),
                );
            }
            let words = words.replace("&#39;", "'").replace("&#34;", "\"").replace("&amp;", "&");
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            (value(tag, "data-concern").unwrap(), severity.to_owned(), words)
        })
        .collect()
}

#[test]
fn all_three_doors_show_the_same_concerns_for_the_same_state() {
    let mut shown = BTreeSet::new();
    for (what, found) in situations() {
        let concerns = judge(&found, now());
        let readiness = in_json(&json!(concerns.iter().map(shown::Concern::from).collect::<Vec<_>>()));
        assert_eq!(in_json(&objects(&concerns)), readiness, "the console: {what}");
        assert_eq!(on_page(&Concerns::of(&concerns).to_string()), readiness, "the overview: {what}");
        assert_eq!(readiness.len(), concerns.len());
        shown.extend(concerns.iter().map(Concern::code));
    }
    let source = include_str!("../../../../concern/mod.rs");
    let arms = source.split("fn code(").nth(1).and_then(|rest| rest.split("fn severity(").next()).unwrap();
    let every: BTreeSet<&str> = arms.split('"').skip(1).step_by(2).collect();
    assert_eq!(shown, every, "each concern there is has a situation");
}
