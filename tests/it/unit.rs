//! The systemd unit that administrators copy: analysed by systemd where its tools are installed,
//! and tested under its sandbox.

use crate::harness::gateway::Gateway;
use crate::harness::wait::{seconds, until};
use std::io::ErrorKind;
use std::process::{Child, Command, Output};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/postern.service");

/// The allowed exposure of the unit, in tenths as `--threshold` takes it; 100 is a service without
/// any protection.
const MAX_EXPOSURE: u32 = 15;

/// The output of `systemd-analyze`; `None` where it is not installed.
fn analyze(arguments: &[&str]) -> Option<Output> {
    match Command::new("systemd-analyze").args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: systemd-analyze is not installed here");
            None
        }
        answer => Some(answer.expect("an answer of systemd-analyze")),
    }
}

#[test]
fn the_unit_leaves_an_exposure_of_at_most_1_5() {
    let threshold = format!("--threshold={MAX_EXPOSURE}");
    let Some(judged) = analyze(&["security", "--offline=true", "--no-pager", &threshold, UNIT]) else { return };
    let (report, complaint) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(report.contains("Overall exposure level"), "systemd-analyze did not judge the unit: {report}{complaint}");
    assert!(judged.status.success(), "the unit is exposed more than {MAX_EXPOSURE} tenths: {report}{complaint}");
}

/// systemd only warns about an unknown setting, and runs the service without it.
#[test]
fn systemd_knows_every_setting_of_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("postern.service");
    // systemd does not check a unit whose program is missing, and postern is not installed here.
    let text = std::fs::read_to_string(UNIT).unwrap().replace("=/usr/local/bin/postern ", "=/bin/true ");
    std::fs::write(&copy, text).unwrap();
    let Some(verified) = analyze(&["verify", "--man=no", copy.to_str().unwrap()]) else { return };
    let complaint = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<_> = complaint.lines().filter(|line| line.contains("postern.service")).collect();
    assert!(verified.status.success() && ours.is_empty(), "{complaint}");
}

/// Starts `gateway` on a machine called gateway-7, where /proc shows processes only
/// (`ProcSubset=pid`). Where that is not permitted it prints the reason and returns `None`.
fn begin_with_processes_only(gateway: &Gateway) -> Option<Child> {
    let script = "echo gateway-7 >/proc/sys/kernel/hostname && mount -t proc -o subset=pid proc /proc && exec \"$@\"";
    let unshare = |command: &Command| {
        let mut apart = Command::new("unshare");
        apart.args(["--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"]);
        apart.arg(command.get_program()).args(command.get_args()).current_dir(gateway.folder());
        apart.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        apart
    };
    let tried = unshare(&Command::new("true")).output().expect("unshare");
    if tried.status.success() {
        return Some(unshare(&gateway.command(&["serve"])).spawn().unwrap());
    }
    eprintln!("SKIPPED: /proc cannot be mounted here: {tried:?}");
    None
}

#[test]
fn a_gateway_that_sees_only_processes_knows_its_machines_name() {
    let gateway = Gateway::prepare(&[]);
    let Some(mut process) = begin_with_processes_only(&gateway) else { return };
    let node = until("its node is known", seconds(30), || {
        let status = gateway.console(&["maintenance", "status"]);
        let status: serde_json::Value = serde_json::from_str(&status.out).ok()?;
        status["nodes"][0]["name"].as_str().map(str::to_owned)
    });
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(node.starts_with("gateway-7:"), "{node}");
}
