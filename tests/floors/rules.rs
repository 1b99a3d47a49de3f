//! The rules, each a function from the source tree to its faults.

use crate::house::{House, Room, is_for_tests};
use crate::mentions::{Mention, mentions};
use crate::plan::{self, CRATES, EMPTY_NAMES, LONGEST_FILE, STORE_CHOOSERS, STORE_KINDS};
use crate::times;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use syn::Item;
use syn::spanned::Spanned;

/// A broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    file: String,
    line: usize,
    rule: &'static str,
    what: String,
    remedy: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: {}", self.file, self.line, self.what)?;
        writeln!(f, "    rule: {}", self.rule)?;
        writeln!(f, "    remedy: {}", self.remedy)
    }
}

/// All faults, in order of files. A line that breaks one rule twice is reported once.
pub fn check(house: &House) -> BTreeSet<Fault> {
    let mut faults: BTreeSet<_> = house.unread.iter().map(unread).collect();
    for room in house.rooms() {
        for mention in mentions(&room.path, &room.syntax) {
            faults.extend(climbs(room, &mention));
            faults.extend(borrows_a_crate(room, &mention));
        }
        faults.extend(names_the_store_kind(room));
        faults.extend(writes_a_time_its_own_way(room));
        faults.extend(is_too_long(room));
        faults.extend(has_an_empty_name(room));
        faults.extend(says_nothing_of_itself(room));
    }
    faults
}

fn fault(room: &Room, line: usize, rule: &'static str, what: String, remedy: impl Into<String>) -> Fault {
    Fault { file: room.file.clone(), line, rule, what, remedy: remedy.into() }
}

fn unread((file, line, what): &(String, usize, String)) -> Fault {
    let remedy = "mend it, so that the other rules can be checked".to_owned();
    Fault {
        file: file.clone(),
        line: *line,
        rule: "every file of src is part of the house",
        what: what.clone(),
        remedy,
    }
}

const FLOORS: &str = "a module imports only from strictly lower floors, and rooms on one floor are strangers";

fn climbs(room: &Room, mention: &Mention) -> Option<Fault> {
    let target = mention.target()?;
    let (from, to) = (plan::room_of(&mention.module), plan::room_of(&target));
    // `lib.rs` only lists the rooms, and `edge/mod.rs` only its own.
    if from == to && !(mention.is_import && plan::is_everything(&target)) || plan::is_everything(&from) {
        return None;
    }
    let (place, line) = (format!("{} (from {})", target.join("::"), from.join("/")), mention.line);
    if target.is_empty() || (mention.is_import && plan::is_everything(&target) && from[0] == to[0]) {
        let what = format!("imports a whole floor: {place}");
        return Some(fault(room, line, FLOORS, what, "import what is needed by its own path"));
    }
    let (Some(here), Some(there)) = (plan::floor_of(&from), plan::floor_of(&to)) else {
        let what = format!("the plan has no floor for {place}");
        return Some(fault(
            room,
            line,
            FLOORS,
            what,
            "give the room a floor in tests/floors/plan.rs and in src/lib.rs",
        ));
    };
    let remedy = "move what both need to a lower floor, or let the higher room hand it in (a value or a trait)";
    let what = format!("imports {place}, from floor {there} to floor {here}");
    (here <= there).then(|| fault(room, line, FLOORS, what, remedy))
}

fn borrows_a_crate(room: &Room, mention: &Mention) -> Option<Fault> {
    let (name, rooms) = CRATES.iter().find(|(name, _)| mention.words.first().is_some_and(|word| word == name))?;
    if plan::is_inside(&mention.module, rooms) || !(mention.is_import || mention.words.len() > 1) {
        return None;
    }
    let what = format!("uses the crate `{name}`, which lives in {}", rooms.join(" and "));
    let remedy = "ask that room for what is needed, in words of our own";
    Some(fault(room, mention.line, "a crate is known only to its room, so that it can be swapped", what, remedy))
}

fn names_the_store_kind(room: &Room) -> Vec<Fault> {
    // `store/mod.rs` declares the kinds, comments may explain them, and a test must open a real
    // store.
    if room.is_test || room.path == ["store"] || plan::is_inside(&room.path, STORE_CHOOSERS) {
        return Vec::new();
    }
    let mut words = Vec::new();
    if let Ok(tokens) = room.text.parse() {
        collect_words(tokens, &mut words);
    }
    let tests: Vec<_> = test_lines(room).collect();
    let named = words.into_iter().filter(|(word, line)| {
        STORE_KINDS.iter().any(|kind| word.to_lowercase().contains(kind))
            && !tests.iter().any(|lines| lines.contains(line))
    });
    let rule = "only those who choose the store know its kind";
    let remedy = format!("work with the traits of `store`, or choose in {}", STORE_CHOOSERS.join(", "));
    named.map(|(word, line)| fault(room, line, rule, format!("names a kind of store: {word}"), &remedy)).collect()
}

fn writes_a_time_its_own_way(room: &Room) -> Vec<Fault> {
    let fields = if room.is_test { Vec::new() } else { times::fields(&room.syntax) };
    let rule = "programs read times with six digits always";
    let remedy = format!("give the field `#[serde(serialize_with = \"{}\")]`", times::WRITER);
    let faults = fields.into_iter();
    faults
        .map(|(line, field)| fault(room, line, rule, format!("writes a time as jiff does: {field}"), &remedy))
        .collect()
}

/// Names and strings in the code, without its comments.
fn collect_words(tokens: TokenStream, words: &mut Vec<(String, usize)>) {
    let mut is_comment = false;
    for token in tokens {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => collect_words(group.stream(), words),
            TokenTree::Literal(text) if is_comment => drop(text),
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                let word = token.to_string();
                is_comment = word == "doc";
                words.push((word, line));
            }
            TokenTree::Punct(mark) => is_comment &= mark.as_char() == '=',
        }
    }
}

/// The lines of the tests at the end of a file.
fn test_lines(room: &Room) -> impl Iterator<Item = RangeInclusive<usize>> {
    room.syntax.items.iter().filter_map(|item| match item {
        Item::Mod(module) if is_for_tests(&module.attrs) => Some(module.span().start().line..=module.span().end().line),
        _ => None,
    })
}

fn is_too_long(room: &Room) -> Option<Fault> {
    let lines = room.text.lines().count() - test_lines(room).map(|lines| lines.count()).sum::<usize>();
    let what = format!("has {lines} lines without its tests, more than {LONGEST_FILE}");
    let remedy = "split it by meaning, one duty a file";
    (lines > LONGEST_FILE && !room.is_test).then(|| fault(room, LONGEST_FILE, "a file has one duty", what, remedy))
}

fn has_an_empty_name(room: &Room) -> Option<Fault> {
    let name = room.path.last().filter(|name| EMPTY_NAMES.contains(&name.as_str()))?;
    let what = format!("`{name}` says nothing about what is inside");
    Some(fault(
        room,
        1,
        "names say what a thing is",
        what,
        "name it after what it does, or move its parts to where they belong",
    ))
}

fn says_nothing_of_itself(room: &Room) -> Option<Fault> {
    let remedy = "begin with its duty, what it never does, how it fails, its limits; one line for a small file";
    (!room.is_test && !room.text.starts_with("//!"))
        .then(|| fault(room, 1, "a file opens with `//!`", "does not open with `//!`".to_owned(), remedy))
}
