//! Every program that a test starts must be installed by `tests/run.sh`, or the test fails on a
//! fresh machine.

use std::path::Path;

/// How a test names a program that it starts, or a constant that contains one.
const STARTS: &[&str] = &["Command::new(\"", ".tool(\"", "&str = \"/usr/bin/"];

fn programs(folder: &Path, found: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            programs(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path)?;
            for start in STARTS {
                let names = text.split(start).skip(1).filter_map(|rest| rest.split_once('"'));
                let folder = start.rsplit('"').next().unwrap_or_default();
                found.extend(names.map(|(name, _)| (format!("{folder}{name}"), path.display().to_string())));
            }
        }
    }
    Ok(())
}

#[test]
fn every_program_a_test_starts_is_installed_by_the_test_command() -> std::io::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let script = std::fs::read_to_string(tests.join("run.sh"))?;
    let mut found = Vec::new();
    for room in ["it", "e2e"].map(|name| tests.join(name)).iter().filter(|room| room.is_dir()) {
        programs(room, &mut found)?;
    }
    for (program, file) in found {
        let is_listed = script.lines().any(|line| line.split(' ').next() == Some(&program) && line.contains(' '));
        assert!(is_listed, "{file} starts `{program}`: name it and its Debian package in tests/run.sh");
    }
    Ok(())
}
