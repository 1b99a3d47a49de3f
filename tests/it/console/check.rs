//! `postern check`, and hints that can be run as printed.

use crate::harness::app::{App, SECRET};
use crate::harness::gateway::Gateway;
use crate::harness::port;
use crate::harness::wait::{seconds, until_true};
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
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

/// The findings about one thing.
fn findings(gateway: &Gateway, arguments: &[&str], what: &str) -> Vec<String> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(&gateway.console(arguments).out).unwrap();
    let text = |row: &serde_json::Value| row["finding"].as_str().unwrap().to_owned();
    rows.iter().filter(|row| row["what"] == what).map(text).collect()
}

#[test]
fn a_left_over_password_file_and_a_secret_that_others_can_read_are_warnings_that_fail_nothing() {
    let app = App::answering("204 No Content");
    let mut gateway = Gateway::prepare(&[("APP__URL", &app.url()), ("APP__SECRET_FILE", "secret")]);
    std::fs::write(gateway.path("secret"), SECRET).unwrap();
    std::fs::set_permissions(gateway.path("secret"), Permissions::from_mode(0o644)).unwrap();
    gateway.begin();
    let check = gateway.console(&["check"]);
    assert!(check.code == 0 && check.err.contains("Everything works. Warnings: 2."), "{check:?}");
    let secrets = findings(&gateway, &["check"], "secrets");
    assert!(
        secrets[0].contains("app.secret_file in /") && secrets[1].contains("(mode 0644): run `chmod 0600 "),
        "{secrets:?}"
    );
    let left = findings(&gateway, &["check"], "credentials");
    assert!(left[0].contains("data/admin-credentials still holds"), "{left:?}");
    std::fs::set_permissions(gateway.path("secret"), Permissions::from_mode(0o600)).unwrap();
    std::fs::remove_file(gateway.path("data/admin-credentials")).unwrap();
    assert!(gateway.console(&["check"]).err.contains("Everything is in order."));
}

#[test]
fn the_mode_webhook_is_tried_by_a_test_event_and_its_answer_is_reported() {
    for (answer, code) in [("204 No Content", 0), ("401 Unauthorized", 1)] {
        let app = App::answering(answer);
        let url = app.url();
        let mut gateway = Gateway::prepare(&[("APP__MODE_WEBHOOK", &url), ("APP__SECRET_FILE", "secret")]);
        std::fs::write(gateway.path("secret"), SECRET).unwrap();
        std::fs::set_permissions(gateway.path("secret"), Permissions::from_mode(0o600)).unwrap();
        gateway.begin();
        gateway.stop();
        let said = findings(&gateway, &["check"], "mode_webhook");
        assert!(said[0].contains(&answer[..3]), "{said:?}");
        assert_eq!(gateway.console(&["check"]).code, code);
    }
}

#[test]
fn gateways_that_run_by_other_contents_than_the_files_have_now_are_named_with_the_file() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let (file, kinds) = (gateway.path("config/postern.toml"), gateway.path("config/kinds.toml"));
    std::fs::write(&file, "[log]\nlevel = \"info\"\n").unwrap();
    gateway.begin_only("deliver");
    let mut twin = gateway.twin();
    twin.begin_only("smtp");
    let warnings = |what: &str| {
        let mut said = findings(&gateway, &["check"], what);
        said.retain(|text| text.starts_with("warning: "));
        said
    };
    std::fs::write(&file, "[log]\nlevel = \"debug\"\n").unwrap();
    until_true("both gateways are said to run by an older file", seconds(20), || {
        let said = warnings("configuration");
        said.len() == 2
            && said.iter().all(|text| text.contains("config/postern.toml than the one there is now: send it SIGHUP"))
    });
    assert_ne!(warnings("configuration")[0], warnings("configuration")[1], "each by its name");
    assert!(warnings("kinds").is_empty());
    // A file rewritten with its old contents counts as unchanged.
    std::fs::write(&file, "[log]\nlevel = \"info\"\n").unwrap();
    assert!(warnings("configuration").is_empty(), "{:?}", warnings("configuration"));
    std::fs::write(&kinds, "[[kind]]\nname = \"new_note\"\nclass = \"paging\"\n").unwrap();
    let said = warnings("kinds");
    assert!(
        said.len() == 2 && said[0].contains("was started without") && said[0].contains("config/kinds.toml"),
        "{said:?}"
    );
    assert!(warnings("configuration").is_empty());
    assert_eq!(gateway.console(&["check"]).code, 0, "a warning fails nothing");
    // The list shows each node but not the digest of its configuration. The store's digest does not
    // help to guess a password.
    let nodes = gateway.console(&["maintenance", "status", "--format", "json"]).json()["nodes"].clone();
    assert!(nodes[0]["name"].is_string() && !nodes.to_string().contains("digest"), "{nodes}");
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
