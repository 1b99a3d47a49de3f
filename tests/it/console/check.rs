//! `postern check`, and hints that can be run as they are printed.

use crate::harness::gateway::Gateway;
use crate::harness::port;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_terminal_shows_cause_and_remedy_whole() {
    let url = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::start_with(&[("RELAY__URL", &url)]);
    let shown = gateway.terminal(80, &["check"]);
    let words = shown.out.replace(['│', '┆', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.code == 1 && words.contains("check [relay] url") && !shown.out.contains('…'), "{}", shown.out);
    assert!(shown.out.lines().all(|line| line.chars().count() <= 80), "{}", shown.out);
}

#[test]
fn what_can_be_checked_without_the_store_is_and_the_rest_is_named() {
    let store = format!("postgres://postgres@127.0.0.1:{}/postern", port::free());
    let relay = format!("smtp://127.0.0.1:{}", port::free());
    let gateway = Gateway::prepare(&[("STORE__URL", &store), ("RELAY__URL", &relay)]);
    let answer = gateway.console(&["check"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&answer.out).unwrap();
    let of = |what: &str| rows.iter().find(|row| row["what"] == what).unwrap_or_else(|| panic!("no {what}: {rows:?}"));
    let finding = |what: &str| of(what)["finding"].as_str().unwrap().to_owned();
    assert!(finding("store").contains("is PostgreSQL running there, and is `store.url` right?"), "{rows:?}");
    assert_eq!((&of("relay")["ok"], &of("app")["ok"]), (&false.into(), &true.into()), "{rows:?}");
    assert!(of("mode")["ok"].is_null() && finding("mode").starts_with("not checked: "), "{rows:?}");
    assert!(answer.err.contains("2 of these need mending"), "{answer:?}");
    let wrong_folder = Gateway::prepare(&[]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&wrong_folder.console(&["check"]).out).unwrap();
    let unchecked: Vec<_> = rows.iter().filter(|row| row["ok"].is_null()).map(|row| &row["what"]).collect();
    assert_eq!(unchecked, ["mode", "relay", "app"]);
    assert!(!wrong_folder.path("data").exists());
}

#[test]
fn a_snippet_has_no_other_format() {
    let answer = Gateway::prepare(&[]).console(&["check", "--print", "postfix", "--format", "json"]);
    assert!(answer.code == 2 && answer.err.contains("--format") && answer.out.is_empty(), "{answer:?}");
}

#[test]
fn a_hint_can_be_run_as_it_is_printed() {
    let gateway = Gateway::start();
    std::fs::write(gateway.path("my.toml"), "").unwrap();
    let unknown = ["--config", "my.toml", "queue", "show", "01a2032f-0000-7000-8000-000000000000"];
    let answer = gateway.console(&unknown);
    assert!(answer.err.contains("see `postern --config my.toml queue list`"), "{answer:?}");
}

#[test]
fn the_greeting_names_the_configuration_in_what_it_tells_to_try() {
    let gateway = Gateway::prepare(&[]);
    std::fs::write(gateway.path("my.toml"), "").unwrap();
    let mut serve = gateway.command(&["--config", "my.toml", "serve"]);
    let mut process = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("refuse what writes"));
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(line.as_ref().is_some_and(|line| line.contains("postern --config my.toml maintenance on ")), "{line:?}");
}
