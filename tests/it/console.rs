//! The command line, as people and scripts use it.

mod check;
mod enqueue;
mod maintenance;
mod output;
mod place;
mod queue;
mod report;
mod shown;
mod user;

use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::port;
use crate::harness::process::run;
use std::process::Command;

/// Every subcommand, and the program itself.
const COMMANDS: &[&str] = &[
    "",
    "serve",
    "settings",
    "settings get",
    "settings set",
    "maintenance",
    "maintenance on",
    "maintenance off",
    "maintenance status",
    "maintenance history",
    "maintenance schedule",
    "maintenance windows",
    "maintenance windows list",
    "maintenance windows cancel",
    "report",
    "report suppressed",
    "report incoming",
    "queue",
    "queue list",
    "queue show",
    "queue retry",
    "queue cancel",
    "queue release",
    "jobs",
    "jobs list",
    "jobs pause",
    "jobs resume",
    "token",
    "token create",
    "token list",
    "token revoke",
    "user",
    "user add",
    "user list",
    "user password",
    "user remove",
    "enqueue",
    "kinds",
    "kinds list",
    "kinds explain",
    "check",
    "migrate",
    "completions",
];

#[test]
fn every_command_explains_itself() {
    let gateway = Gateway::prepare(&[]);
    for command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = gateway.console(&words);
        assert_eq!(help.code, 0, "{command}: {help:?}");
        assert!(help.out.contains("Usage: postern") && help.err.is_empty(), "{command}: {help:?}");
    }
    assert!(gateway.console(&["--version"]).well().starts_with("postern "));
    for wrong in [&["sereve"][..], &["maintenance"], &["report", "incoming", "--verdict", "maybe"], &["queue", "retry"]]
    {
        let answer = gateway.console(wrong);
        assert!(answer.code == 2 && answer.out.is_empty(), "{wrong:?}: {answer:?}");
    }
    assert!(!gateway.path("data").exists());
}

#[test]
fn a_shell_completes_commands_and_words_without_any_configuration() {
    let gateway = Gateway::prepare(&[]);
    let shells = [("bash", "complete -F _postern"), ("zsh", "#compdef postern"), ("fish", "complete -c postern")];
    for (shell, sign) in shells {
        let script = gateway.console(&["--config", "nowhere.toml", "completions", shell]).well();
        assert!(
            [sign, "maintenance", "verify_service_desk", "read_api"].iter().all(|word| script.contains(word)),
            "{shell}"
        );
    }
    assert_eq!(gateway.console(&["completions", "elvish"]).code, 2);
    let bash = gateway.console(&["completions", "bash"]).well();
    let after = |option: &str| bash.lines().skip_while(|line| line.trim() != option).nth(1).unwrap_or_default();
    for (option, words) in [("--only)", "smtp deliver http"), ("--timezone)", "Europe/Berlin"), ("--state)", "missed")]
    {
        assert!(after(option).contains(words), "{option} {}", after(option));
    }
    assert!(bash.contains("--kind)\n                    COMPREPLY=($(compgen -W \"reset_password_instructions"));
    assert!(bash.contains("queued sending delivered suppressed failed expired cancelled waiting handing_over"));
    assert!(after("--config)").contains("compgen -f") && !after("--since)").contains("compgen"));
}

#[test]
fn a_new_token_is_one_line_and_opens_what_its_scope_says_until_it_is_revoked() {
    let gateway = Gateway::start();
    let created = gateway.console(&["token", "create", "reader", "--scope", "read_api"]).well();
    let token = created.strip_suffix('\n').unwrap();
    assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{created:?}");
    let header = format!("PRIVATE-TOKEN: {token}");
    let status = |method, path| request(gateway.http_port, method, path, &[&header], b"").status;
    assert_eq!(status("GET", "/api/v4/suppressed_mails"), 200);
    assert_eq!(status("PUT", "/api/v4/application/settings?maintenance_mode=true"), 403);
    assert_eq!(gateway.console(&["token", "create", "reader", "--scope", "api"]).code, 1);
    let list = gateway.console(&["token", "list"]);
    assert!(!list.out.contains(token));
    assert_eq!(list.rows().len(), 2);
    gateway.console(&["token", "revoke", "reader"]).well();
    assert_eq!(status("GET", "/api/v4/suppressed_mails"), 401);
    assert_eq!(gateway.console(&["token", "revoke", "reader"]).code, 1);
}

#[test]
fn check_passes_when_all_is_well_and_says_how_to_mend_a_broken_relay() {
    let gateway = Gateway::start();
    std::fs::remove_file(gateway.path("data/admin-credentials")).unwrap();
    let rows = gateway.console(&["check"]).rows();
    assert!(rows.len() >= 6 && rows.iter().all(|row| row["ok"] == true), "{rows:?}");
    let url = format!("smtp://127.0.0.1:{}", port::free());
    let broken = Gateway::start_with(&[("RELAY__URL", &url)]);
    let answer = broken.console(&["check"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&answer.out).unwrap();
    let relay = rows.iter().find(|row| row["what"] == "relay").unwrap();
    let finding = relay["finding"].as_str().unwrap();
    assert!(relay["ok"] == false && finding.contains(&url) && finding.contains("check [relay] url"), "{finding}");
    let unserved = Gateway::prepare(&[]).console(&["check"]);
    assert!(unserved.code == 1 && unserved.out.contains("there is no store at data/postern.db"), "{unserved:?}");
}

#[test]
fn a_kind_is_explained_with_its_class_and_an_unknown_one_with_the_nearest() {
    let gateway = Gateway::prepare(&[]);
    let kind = gateway.console(&["kinds", "explain", "reset_password_instructions"]).json();
    assert_eq!(kind["class"], "write_dependent");
    assert!(kind["while_maintenance_is_on"].as_str().unwrap().starts_with("suppressed") && kind["why"].is_string());
    assert_eq!(gateway.console(&["kinds", "explain", "unknown_sign_in_email"]).json()["name"], "unknown_sign_in");
    let typo = gateway.console(&["kinds", "explain", "reset_pasword"]);
    assert!(typo.code == 1 && typo.err.contains("reset_password_instructions"), "{typo:?}");
    assert!(gateway.console(&["kinds", "list"]).rows().len() > 50);
    let table = gateway.console(&["kinds", "list", "--format", "table"]).well();
    assert!(table.contains("write_dependent") && table.contains('│'));
}

#[test]
fn the_first_start_leaves_credentials_only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let mut gateway = Gateway::start();
    let file = gateway.path("data/admin-credentials");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let keys: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key).collect();
    assert_eq!(keys, ["user", "password", "token"]);
    assert!(gateway.greeting().contains("data/admin-credentials"));
    let header = format!("Authorization: Bearer {}", gateway.token());
    let settings = || request(gateway.http_port, "GET", "/api/v4/application/settings", &[&header], b"").status;
    assert_eq!(settings(), 200);
    gateway.restart();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "the second start made others");
    assert!(!gateway.greeting().contains("admin-credentials"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let gateway = Gateway::start();
    let mut smtp = gateway.smtp();
    gateway.maintenance_on();
    for n in 0..50 {
        smtp.mail_from(&format!("sender-{n}@outside.test"));
        assert_eq!(smtp.rcpt_to(ISSUE).code, 550);
        smtp.say("RSET");
    }
    let program = env!("CARGO_BIN_EXE_postern");
    let script = format!("'{program}' report incoming --format csv | head -n 1");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(gateway.folder());
    let answer = run(&mut shell);
    assert!(answer.code == 0 && answer.out.lines().count() == 1 && answer.err.is_empty(), "{answer:?}");
}

#[test]
fn pausing_nothing_in_particular_is_taught_all() {
    let gateway = Gateway::prepare(&[]);
    let answer = gateway.console(&["jobs", "pause"]);
    assert!(answer.code == 2 && answer.err.contains("<NAME|--all>"), "{answer:?}");
}

#[test]
fn an_empty_table_says_that_there_is_nothing() {
    let gateway = Gateway::start();
    let table = gateway.terminal(80, &["queue", "list"]);
    assert_eq!((table.code, table.err.as_str()), (0, "Nothing waits.\n"));
    assert_eq!(gateway.console(&["queue", "list"]).err, "");
}
