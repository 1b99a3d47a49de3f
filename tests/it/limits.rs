//! The limit of open files is high enough for the configured connections.

use crate::harness::gateway::Gateway;
use crate::harness::wait::{seconds, until, until_true};
use std::process::{Command, Stdio};

/// Starts a gateway under `limits`. Returns its soft limit and its log, once the log contains
/// `words`.
fn started(gateway: &Gateway, limits: &str, words: &str) -> (u64, String) {
    let program = gateway.command(&["serve"]);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(program.get_program()).args(program.get_args());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(gateway.folder()).stdin(Stdio::null()).stdout(Stdio::null());
    let log = std::fs::File::create(gateway.path("gateway.err")).unwrap();
    let mut child = command.stderr(log).spawn().unwrap();
    until("it listens", seconds(30), || std::net::TcpStream::connect(("127.0.0.1", gateway.http_port)).ok());
    let text = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let soft = line.split_whitespace().next().unwrap().parse().unwrap();
    until_true("it is logged", seconds(10), || gateway.log().contains(words));
    child.kill().unwrap();
    child.wait().unwrap();
    (soft, gateway.log())
}

#[test]
fn the_soft_limit_is_raised_and_a_hard_limit_that_is_too_low_is_said() {
    let gateway = Gateway::prepare(&[("SMTP__MAX_CONNECTIONS", "2000")]);
    let (soft, log) = started(&gateway, "ulimit -Hn 8192; ulimit -Sn 300", "");
    assert!((2000..8192).contains(&soft) && !log.contains("LimitNOFILE"), "{soft}: {log}");
    let (soft, log) = started(&gateway, "ulimit -Sn 300; ulimit -Hn 600", "Raise LimitNOFILE");
    assert_eq!(soft, 600, "{log}");
}
