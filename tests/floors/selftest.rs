//! Tests the checker with small source trees, each with one fault or none.

use crate::house::House;
use crate::rules::check;

/// The checker's faults for a tree of these files. A missing `lib.rs` or `mod.rs` is added.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let mut house: std::collections::BTreeMap<_, _> =
        files.iter().map(|(file, text)| (format!("src/{file}"), format!("//! A room.\n{text}"))).collect();
    for (file, _) in files {
        let path: Vec<_> = file.trim_end_matches(".rs").split('/').filter(|word| *word != "mod").collect();
        for (depth, name) in path.iter().enumerate() {
            let folder = path[..depth].join("/");
            let parent = if depth == 0 { "src/lib.rs".to_owned() } else { format!("src/{folder}/mod.rs") };
            let text = house.entry(parent).or_insert_with(|| "//! A room.\n".to_owned());
            let declared = format!("mod {name};");
            if !text.contains(&declared) && !["lib", "main"].contains(name) {
                text.push_str(&format!("\n{declared}\n"));
            }
        }
    }
    check(&House::of(house)).iter().map(ToString::to_string).collect()
}

fn assert_one(files: &[(&str, &str)], file_and_line: &str, word: &str) {
    let faults = faults(files);
    assert!(
        faults.len() == 1 && faults[0].starts_with(&format!("src/{file_and_line}: ")) && faults[0].contains(word),
        "expected one fault at {file_and_line} about `{word}`, got {faults:#?}"
    );
}

fn assert_none(files: &[(&str, &str)]) {
    assert_eq!(faults(files), Vec::<String>::new());
}

#[test]
fn a_lower_floor_may_be_imported() {
    assert_none(&[
        ("store/mod.rs", "use crate::policy::rules::Rules;\nuse crate::domain;"),
        ("run.rs", "use crate::edge;"),
    ]);
    assert_none(&[("edge/smtp/mod.rs", "use super::smtp::line;\nuse crate::{flag::watch, store::{error, mail}};")]);
    assert_none(&[("main.rs", "fn main() { postern::run::main() }")]);
}

#[test]
fn a_higher_floor_is_not_imported_in_any_spelling() {
    let spellings = [
        "use crate::flag::watch;",
        "use crate::{domain, flag::{self as other}};",
        "use super::flag as other;",
        "fn f() { crate::flag::f() }",
        "fn f() { super::flag::f() }",
        "fn f(x: &crate::flag::X) {}",
        "fn f() { println!(\"{}\", crate::flag::f(1)) }",
        "fn f() { vec![1, (crate::flag::f)()] }",
        "make! { use crate::{domain, flag} }",
        "#[derive(crate::flag::Derive)] struct S;",
        "mod inside { use super::super::flag; }",
        "#[cfg(test)] mod tests { use crate::flag::watch; }",
        "pub use self::super::flag::watch;",
    ];
    for spelling in spellings {
        assert_one(&[("store.rs", spelling)], "store.rs:2", "from floor 3 to floor 2");
    }
    assert_one(
        &[("store/sqlite/open.rs", "fn f() { super::super::super::flag::f() }")],
        "store/sqlite/open.rs:2",
        "flag",
    );
    assert_one(&[("run.rs", "\nuse crate::main;")], "run.rs:3", "from floor 8 to floor 7");
}

#[test]
fn rooms_on_one_floor_are_strangers() {
    assert_one(&[("policy.rs", "use crate::message::key;")], "policy.rs:2", "from floor 1 to floor 1");
    assert_one(&[("domain/id.rs", "use crate::clock::Clock;")], "domain/id.rs:2", "clock");
    assert_one(&[("edge/smtp/mod.rs", "use crate::edge::http::gate;")], "edge/smtp/mod.rs:2", "edge::http");
    assert_one(&[("edge/smtp/line.rs", "use super::super::relay;")], "edge/smtp/line.rs:2", "edge::relay");
    assert_none(&[("edge/mod.rs", "pub use smtp::Listener;\npub use self::relay::Relay;"), ("edge/smtp.rs", "")]);
}

#[test]
fn a_whole_floor_is_not_imported_to_reach_behind_it() {
    assert_one(&[("edge/smtp.rs", "use super::*;")], "edge/smtp.rs:2", "a whole floor");
    assert_one(&[("edge/smtp.rs", "use crate::edge as house;")], "edge/smtp.rs:2", "a whole floor");
    assert_one(&[("store.rs", "use crate as house;")], "store.rs:2", "a whole floor");
    assert_one(&[("store.rs", "use super::*;")], "store.rs:2", "a whole floor");
    assert_none(&[("store.rs", "pub(in crate::store) mod tests { use super::*; }")]);
}

#[test]
fn a_room_without_a_floor_is_named() {
    assert_one(&[("run.rs", "use crate::attic::Box;")], "run.rs:2", "the plan has no floor");
}

#[test]
fn a_crate_stays_in_its_room() {
    let spellings = [
        "use sqlx::Row;",
        "use {jiff::Timestamp, sqlx::{Row}};",
        "use sqlx;",
        "use ::sqlx as other;",
        "extern crate sqlx;",
        "fn f() { sqlx::query(\"SELECT 1\") }",
        "fn f(row: &sqlx::Row) {}",
        "static M: X = sqlx::migrate!();",
        "fn f() { assert!(sqlx::query(\"SELECT 1\")) }",
        "#[derive(Debug, sqlx::FromRow)] struct S;",
    ];
    for spelling in spellings {
        assert_one(&[("flag.rs", spelling)], "flag.rs:2", "the crate `sqlx`");
        assert_none(&[("store/sqlite/open.rs", spelling)]);
    }
    assert_one(&[("run/doors.rs", "use clap::Parser;")], "run/doors.rs:2", "the crate `clap`");
    assert_one(&[("message/key.rs", "use mail_parser::X;")], "message/key.rs:2", "the crate `mail_parser`");
    assert_none(&[("message/read/date.rs", "use mail_parser::X;"), ("run/cli/args.rs", "use clap::Parser;")]);
    assert_none(&[("domain.rs", "fn f(csv: &str) { println!(\"{}\", csv); take(csv) }")]);
}

#[test]
fn the_kind_of_store_is_known_to_those_who_choose_it() {
    assert_one(&[("flag.rs", "\nfn f() { open_sqlite() }")], "flag.rs:3", "open_sqlite");
    assert_one(&[("inbound.rs", "const A: &str = \"Postgres:\";")], "inbound.rs:2", "Postgres");
    assert_one(&[("run/cli/ending.rs", "use crate::store::sqlite::OpenError;")], "run/cli/ending.rs:2", "sqlite");
    assert_none(&[
        ("run/wiring.rs", "use crate::store::sqlite::SqliteStore;"),
        ("store/mod.rs", "mod sqlite;\n"),
        ("store/sqlite.rs", ""),
    ]);
    assert_none(&[("flag.rs", "#[cfg(test)]\nmod tests {\n    use crate::store::sqlite::SqliteStore;\n}")]);
    assert_none(&[("flag.rs", "/// On SQLite this is so.\n// And sqlite here.\nfn f() {}")]);
}

#[test]
fn a_file_is_short_without_its_tests() {
    let long = "fn f() {}\n".repeat(300);
    assert_one(&[("flag.rs", &long)], "flag.rs:300", "has 301 lines");
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{long}}}\n", "fn f() {}\n".repeat(299));
    assert_none(&[("flag.rs", &tested)]);
    assert_none(&[("flag/mod.rs", "#[cfg(test)]\nmod tests;"), ("flag/tests.rs", &long)]);
}

#[test]
fn empty_names_and_silent_files_are_faults() {
    assert_one(&[("store/util.rs", "")], "store/util.rs:1", "`util` says nothing");
    assert_one(&[("run/types/one.rs", "")], "run/types/mod.rs:1", "`types` says nothing");
    let silent =
        [("src/lib.rs", "//! A house.\nmod flag;"), ("src/flag/mod.rs", "mod x;"), ("src/flag/x.rs", "//! Well.")];
    let faults = check(&House::of(silent.map(|(file, text)| (file.to_owned(), text.to_owned())).into()));
    assert_eq!(
        faults.iter().map(|fault| fault.to_string().contains("flag/mod.rs:1: does not open")).collect::<Vec<_>>(),
        [true]
    );
}

#[test]
fn files_nobody_reads_are_faults() {
    let house = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(file, text)| ((*file).to_owned(), format!("//! A room.\n{text}")));
        check(&House::of(files.collect())).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(house(&[("src/lib.rs", ""), ("src/flag.rs", "")])[0].contains("src/flag.rs:1: no `mod` leads"));
    assert!(house(&[("src/lib.rs", "mod flag;")])[0].contains("src/lib.rs:2: there is no file for `mod flag`"));
    assert!(house(&[("src/lib.rs", "fn 1() {}")])[0].contains("src/lib.rs:2: "));
    assert!(house(&[("src/lib.rs", "#[path = \"a.rs\"]\nmod flag;")])[0].contains("hides where a module is"));
}

#[test]
fn a_time_is_serialised_with_six_digits() {
    let row = |attribute: &str, kind: &str| {
        format!("#[derive(Debug, serde::Serialize)]\nstruct Row {{\n{attribute}\nat: {kind},\n}}")
    };
    let (time, writer) = ("Timestamp", format!("#[serde(serialize_with = \"{}\")]", crate::times::WRITER));
    for kind in [time, "Option<jiff::Timestamp>", "Vec<(Timestamp, i64)>"] {
        assert_one(&[("store/mod.rs", &row("#[serde(rename = \"x\")]", kind))], "store/mod.rs:4", "Row::at");
    }
    let (tuple, branch) =
        ("#[derive(Serialize)]\nstruct At(Timestamp);", "#[derive(Serialize)]\nenum At { B { c: Timestamp } }");
    assert_one(&[("store/mod.rs", tuple)], "store/mod.rs:3", "At::a field without a name");
    assert_one(&[("store/mod.rs", branch)], "store/mod.rs:3", "At::c");
    assert_none(&[("store/mod.rs", &row(&writer, time)), ("flag/mod.rs", &row("#[serde(skip)]", time))]);
    assert_none(&[("store/mod.rs", "#[derive(Debug)]\nstruct Row { at: Timestamp }")]);
}
