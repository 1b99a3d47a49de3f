//! How commands find their configuration and the files it names.

use crate::harness::gateway::Gateway;
use crate::harness::process::{Answer, run};
use std::process::Command;

/// Runs a command at `/`, with `etc` as `/etc` and `var` as `/var/lib`. Where that is not permitted
/// it prints the reason and returns `None`.
fn installed(gateway: &Gateway, arguments: &[&str]) -> Option<Answer> {
    let script = "mount --make-rprivate / && mount --bind \"$1\" /etc && mount --bind \"$2\" /var/lib && cd / && shift 2 && \
                  echo mounted >&2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).args([gateway.path("etc"), gateway.path("var")]);
    command.arg(gateway.command(&[]).get_program()).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let answer = run(&mut command);
    if answer.err.starts_with("mounted\n") {
        return Some(answer);
    }
    eprintln!("SKIPPED: folders cannot be mounted here: {answer:?}");
    None
}

#[test]
fn an_installed_gateways_store_is_found_from_any_folder() {
    let gateway = Gateway::prepare(&[]);
    std::fs::create_dir_all(gateway.path("etc/postern")).unwrap();
    std::fs::create_dir_all(gateway.path("var/postern")).unwrap();
    std::fs::write(gateway.path("etc/postern/postern.toml"), "[smtp]\nmax_recipients = 7\n").unwrap();
    let Some(migrated) = installed(&gateway, &["migrate"]) else { return };
    migrated.well();
    assert!(gateway.path("var/postern/data/postern.db").exists());
    installed(&gateway, &["maintenance", "on"]).unwrap().well();
    let check = installed(&gateway, &["check"]).unwrap();
    for place in [
        "/etc/postern/postern.toml; relative paths start at /var/lib/postern",
        "sqlite:/var/lib/postern/data/postern.db",
    ] {
        assert!(check.out.contains(place), "{place}: {check:?}");
    }
    assert!(check.out.contains("there is no /etc/postern/kinds.toml"), "{check:?}");
    installed(&gateway, &["maintenance", "off"]).unwrap().well();
}

#[test]
fn the_variable_names_the_file_and_the_command_line_wins_over_it() {
    let gateway = Gateway::prepare(&[]);
    std::fs::write(gateway.path("mine.toml"), "no = 1\n").unwrap();
    std::fs::write(gateway.path("right.toml"), "").unwrap();
    let by_variable = run(gateway.command(&["kinds", "list"]).env("POSTERN_CONFIG", "mine.toml"));
    assert!(by_variable.code == 2 && by_variable.err.contains("mine.toml, line 1"), "{by_variable:?}");
    run(gateway.command(&["--config", "right.toml", "kinds", "list"]).env("POSTERN_CONFIG", "mine.toml")).well();
}
