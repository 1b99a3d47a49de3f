//! The output of a command: a full disk is reported, a closed pipe is not.

use crate::harness::gateway::Gateway;
use std::fs::File;
use std::process::{Command, Output, Stdio};

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader has closed.
fn closed() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

fn run(command: &mut Command, out: impl Into<Stdio>) -> Output {
    command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

const PRINTING: &[&[&str]] = &[
    &["maintenance", "status"],
    &["maintenance", "history"],
    &["settings", "get"],
    &["report", "suppressed", "--format", "csv"],
    &["queue", "list", "--format", "table"],
    &["jobs", "list"],
    &["token", "list"],
    &["user", "list"],
    &["kinds", "list"],
    &["check", "--print", "postfix"],
    &["completions", "bash"],
];

#[test]
fn a_result_that_cannot_be_written_ends_a_command_with_a_sentence_and_1() {
    let gateway = Gateway::start();
    for arguments in PRINTING {
        let ended = run(&mut gateway.command(arguments), full());
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("postern: the result cannot be written: No space left"), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_a_command_quietly() {
    let gateway = Gateway::start();
    for arguments in PRINTING {
        let ended = run(&mut gateway.command(arguments), closed());
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        assert!(!said.contains("postern: ") && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_token_that_could_not_be_shown_is_revoked_and_its_name_is_free() {
    let gateway = Gateway::start();
    let create = ["token", "create", "forge", "--scope", "enqueue"];
    for out in [Stdio::from(full()), Stdio::from(closed())] {
        let ended = run(&mut gateway.command(&create), out);
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code() == Some(1) && said.contains("so it was revoked"), "{said}");
    }
    gateway.console(&create).well();
    let tokens = gateway.console(&["token", "list"]).rows();
    let unrevoked = |token: &&serde_json::Value| token["name"] == "forge" && token["revoked_at"].is_null();
    assert_eq!(tokens.iter().filter(unrevoked).count(), 1, "{tokens:?}");
}

#[test]
fn a_password_that_could_not_be_shown_is_said_with_the_way_to_another() {
    let gateway = Gateway::start();
    let ended = run(&mut gateway.command(&["user", "add", "ann"]), full());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.code() == Some(1) && said.contains("`postern user password ann`"), "{said}");
}

#[test]
fn a_command_whose_standard_error_cannot_be_written_does_its_work() {
    let gateway = Gateway::start();
    let ended = gateway.command(&["maintenance", "on"]).stdin(Stdio::null()).stderr(full()).output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(gateway.console(&["settings", "get"]).json()["maintenance_mode"], true);
    let wrong = gateway.command(&["no-such-command"]).stderr(full()).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
