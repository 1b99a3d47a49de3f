//! `postern user`: users created at the console and then signed in over HTTP.

use crate::harness::gateway::Gateway;
use crate::harness::http::{Response, request};
use crate::harness::page::{cookie, sign_in};
use std::io::Write;
use std::process::Stdio;

fn leads_to(answer: &Response) -> &str {
    answer.header("location").unwrap_or("")
}

#[test]
fn who_is_added_at_the_console_can_sign_in_until_removed() {
    let gateway = Gateway::start();
    let added = gateway.console(&["user", "add", "ann"]);
    let password = added.out.strip_suffix('\n').unwrap();
    assert!(added.code == 0 && password.len() == 24 && !added.err.contains(password), "{added:?}");
    assert_eq!(gateway.console(&["user", "add", "ANN"]).code, 1);
    assert_eq!(gateway.console(&["user", "add", "a b"]).code, 2);
    let list = gateway.console(&["user", "list"]);
    assert!(!list.out.contains("argon2") && !list.out.contains(password), "{list:?}");
    let rows = list.rows();
    assert!(rows.len() == 2 && rows[0]["role"] == "auditor" && rows[0]["must_change"] == true, "{rows:?}");
    let entered = sign_in(&gateway, "ann", password);
    assert_eq!(leads_to(&entered), "/users/password");
    let header = format!("Cookie: {}", cookie(&entered, "postern_session"));
    let open = || request(gateway.http_port, "GET", "/users/password", &[&header], b"").status;
    assert_eq!(open(), 200);
    gateway.console(&["user", "remove", "ann"]).well();
    assert_eq!(open(), 303);
    assert_eq!(gateway.console(&["user", "remove", "ann"]).code, 1);
    assert_eq!(sign_in(&gateway, "ann", password).status, 422);
}

#[test]
fn a_password_is_read_from_standard_input_when_asked_to() {
    let gateway = Gateway::start();
    let add = |name: &str, input: &str, more: &[&str]| {
        let arguments = [&["user", "add", name, "--password-stdin"], more].concat();
        let mut command = gateway.command(&arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that refuses its arguments does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    };
    let added = add("ann", "correct horse battery staple\n", &[]);
    assert!(added.status.success() && added.stdout.is_empty(), "{added:?}");
    assert_eq!(sign_in(&gateway, "ann", "correct%20horse%20battery%20staple").status, 303);
    for (input, more) in
        [("", &[][..]), ("one\ntwo\n", &[]), ("correct horse battery staple", &["--password-file", "x"])]
    {
        assert_eq!(add("bob", input, more).status.code(), Some(2), "{input:?}");
    }
    assert_eq!(gateway.console(&["user", "list"]).rows().len(), 2);
}

#[test]
fn another_password_from_a_file_ends_every_session_even_in_the_mode() {
    let gateway = Gateway::start();
    let credentials = std::fs::read_to_string(gateway.path("data/admin-credentials")).unwrap();
    let first = credentials.lines().find_map(|line| line.strip_prefix("password=")).unwrap();
    let entered = sign_in(&gateway, "root", first);
    let header = format!("Cookie: {}", cookie(&entered, "postern_session"));
    let overview = || request(gateway.http_port, "GET", "/admin", &[&header], b"");
    assert_eq!(leads_to(&entered), "/users/password", "the first sign-in leads to a password of one's own");
    gateway.maintenance_on();
    assert_eq!(overview().status, 200);
    std::fs::write(gateway.path("short"), "short\n").unwrap();
    std::fs::write(gateway.path("long"), "correcthorsebattery\n").unwrap();
    assert_eq!(gateway.console(&["user", "password", "root", "--password-file", "short"]).code, 2);
    let changed = gateway.console(&["user", "password", "root", "--password-file", "long"]);
    assert!(changed.code == 0 && changed.out.is_empty(), "{changed:?}");
    assert!(changed.err.contains("Maintenance mode is on; the console may"), "{}", changed.err);
    assert_eq!(leads_to(&overview()), "/users/sign_in");
    assert_eq!(sign_in(&gateway, "root", first).status, 422);
    assert_eq!(leads_to(&sign_in(&gateway, "root", "correcthorsebattery")), "/admin");
    assert_eq!(gateway.console(&["user", "password", "nobody"]).code, 1);
}

#[test]
fn the_last_administrator_is_removed_only_when_one_says_so() {
    let gateway = Gateway::start();
    let kept = gateway.console(&["user", "remove", "root"]);
    assert!(kept.code == 1 && kept.err.contains("--last-administrator"), "{kept:?}");
    gateway.console(&["user", "add", "bob", "--role", "administrator"]).well();
    gateway.console(&["user", "remove", "root"]).well();
    gateway.console(&["user", "remove", "bob", "--last-administrator"]).well();
    assert!(gateway.console(&["user", "list"]).rows().is_empty());
}
