//! Runs a program to its end, within a time limit.

use super::wait::{Deadline, seconds};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// The output of a program and its exit code.
#[derive(Debug)]
pub struct Answer {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// The standard output of a program that succeeded.
    pub fn well(self) -> String {
        assert_eq!(self.code, 0, "it failed: {self:?}");
        self.out
    }

    /// The standard output as JSON.
    pub fn json(self) -> serde_json::Value {
        let out = self.well();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("no JSON ({error}): {out}"))
    }

    /// The standard output as a JSON list.
    pub fn rows(self) -> Vec<serde_json::Value> {
        self.json().as_array().expect("a list").clone()
    }
}

/// Runs `command` to its end.
pub fn run(command: &mut Command) -> Answer {
    run_within(command, seconds(60))
}

/// Runs `command` to its end. After `limit` it kills the program and fails.
pub fn run_within(command: &mut Command, limit: Duration) -> Answer {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let (out, err) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
    let code = end_of(&mut child, limit).unwrap_or_else(|| panic!("{command:?} did not end within {limit:?}"));
    Answer { code, out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Waits for the end of `child`. After `limit` it kills the child and returns `None`.
pub fn end_of(child: &mut Child, limit: Duration) -> Option<i32> {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        if deadline.is_over() {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Sends a signal (`TERM`, `INT`).
pub fn signal(child: &Child, name: &str) {
    run(Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string())).well();
}
