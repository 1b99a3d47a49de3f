//! The systemd unit that administrators copy, judged by systemd itself where its tools are.

use std::io::ErrorKind;
use std::process::Command;

/// The exposure the unit may have, in tenths as `--threshold` takes it; 100 is a service without any protection.
const MAX_EXPOSURE: u32 = 15;

#[test]
fn the_unit_leaves_an_exposure_of_at_most_1_5() {
    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", &format!("--threshold={MAX_EXPOSURE}")])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/config/postern.service"))
        .output();
    let judged = match judged {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: systemd-analyze is not installed here");
            return;
        }
        judged => judged.expect("an answer of systemd-analyze"),
    };
    let (report, complaint) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(report.contains("Overall exposure level"), "systemd-analyze did not judge the unit: {report}{complaint}");
    assert!(judged.status.success(), "the unit is exposed more than {MAX_EXPOSURE} tenths: {report}{complaint}");
}
