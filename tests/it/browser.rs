//! An administrator uses the pages in a real browser: `tests/e2e` drives it, with one file per
//! story.

use crate::harness::gateway::Gateway;
use crate::harness::port;
use crate::harness::process::run_within;
use crate::harness::wait::seconds;
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/run.sh");

/// Plays the story `name` on a fresh gateway. The story itself acts as the smarthost.
fn play(name: &str, variables: &[(&str, &str)]) {
    let relay_port = port::free();
    let gateway = Gateway::start_with(&[("RELAY__URL", &format!("smtp://127.0.0.1:{relay_port}"))]);
    let mut command = Command::new("sh");
    command.arg(SCRIPT).arg(name).envs(variables.iter().copied());
    command.env("POSTERN_URL", format!("http://127.0.0.1:{}", gateway.http_port));
    command.env("POSTERN_TOKEN", gateway.token()).env("POSTERN_PASSWORD", gateway.password());
    command.env("POSTERN_SMTP_PORT", gateway.smtp_port.to_string()).env("POSTERN_RELAY_PORT", relay_port.to_string());
    // The first test to run downloads the driver.
    let answer = run_within(&mut command, seconds(300));
    assert_eq!(answer.code, 0, "{}\n{}", answer.out, answer.err);
}

#[test]
fn an_administrator_sees_a_maintenance_through() {
    play("maintenance.mjs", &[]);
}

#[test]
fn an_administrator_sees_a_maintenance_through_without_scripts() {
    play("maintenance.mjs", &[("SCRIPTS", "off")]);
}

#[test]
fn hostile_text_is_only_text_on_every_page() {
    play("hostile.mjs", &[]);
}

#[test]
fn times_are_shown_in_the_zone_of_the_viewer() {
    play("times.mjs", &[]);
}

#[test]
fn every_page_can_be_used_without_sight_or_mouse() {
    play("access.mjs", &[]);
}
