//! The gateway as an operator runs it: a process in its own folder, configured by environment
//! variables.

use super::files;
use super::port;
use super::process::{self, Answer, run};
use super::smtp::Smtp;
use super::wait::{seconds, until};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_postern");

/// An address of the forge whose mail opens an issue.
pub const ISSUE: &str = "incoming+group-project-20-Abc123Token-issue@forge.test";
/// An address of the forge that is never refused for maintenance.
pub const PERSON: &str = "postmaster@forge.test";
/// An address of the forge that unsubscribes the sender from a thread.
pub const UNSUBSCRIBE: &str = "incoming+0123456789abcdef0123456789abcdef-unsubscribe@forge.test";

/// A gateway and its folder, both removed on drop.
pub struct Gateway {
    folder: Arc<TempDir>,
    pub smtp_port: u16,
    pub http_port: u16,
    variables: Vec<(String, String)>,
    process: Option<Child>,
}

impl Gateway {
    /// A running gateway, with only ports and domain configured.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A running gateway with these variables (`RELAY__URL` stands for `POSTERN_RELAY__URL`).
    pub fn start_with(variables: &[(&str, &str)]) -> Self {
        let mut gateway = Self::prepare(variables);
        gateway.begin();
        gateway
    }

    /// A gateway that is not started yet.
    pub fn prepare(variables: &[(&str, &str)]) -> Self {
        let (smtp_port, http_port) = (port::free(), port::free());
        let own = [
            ("SMTP__LISTEN", format!("127.0.0.1:{smtp_port}")),
            ("SMTP__INCOMING_ADDRESS", "incoming+%{key}@forge.test".to_owned()),
            ("SMTP__SERVICE_DESK_ADDRESS", "support+%{key}@forge.test".to_owned()),
            ("HTTP__LISTEN", format!("127.0.0.1:{http_port}")),
            ("HTTP__EXTERNAL_URL", format!("http://127.0.0.1:{http_port}")),
            ("RELAY__FROM", "Forge <forge@forge.test>".to_owned()),
            ("RELAY__FIRST_RETRY", "200ms".to_owned()),
        ];
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let all = own.chain(variables.iter().copied());
        let variables = all.map(|(name, value)| (format!("POSTERN_{name}"), value.to_owned())).collect();
        Self { folder: Arc::new(files::folder()), smtp_port, http_port, variables, process: None }
    }

    /// A second process in the same folder with the same configuration, not started yet.
    pub fn twin(&self) -> Self {
        let (folder, variables) = (Arc::clone(&self.folder), self.variables.clone());
        Self { folder, variables, process: None, ..*self }
    }

    /// Starts the gateway and waits for its greeting.
    pub fn begin(&mut self) {
        self.begin_only("smtp,deliver,http");
    }

    /// Starts some of its listeners and workers, and waits for its greeting.
    pub fn begin_only(&mut self, doors: &str) {
        let child = self.spawn(doors);
        self.await_greeting(child);
    }

    /// Starts it with another standard error, and waits for its greeting.
    pub fn begin_logging_to(&mut self, log: impl Into<Stdio>) {
        let child = self.spawn_logging_to("smtp,deliver,http", log.into());
        self.await_greeting(child);
    }

    fn await_greeting(&mut self, mut child: Child) {
        assert!(self.process.is_none(), "it runs already");
        until("the gateway greets", seconds(30), || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the gateway ended with {status}: {}", self.log());
            }
            // The process writes the greeting in one piece.
            self.greeting().contains(" is running; ").then_some(())
        });
        self.process = Some(child);
    }

    /// Starts it without waiting.
    pub fn spawn(&self, doors: &str) -> Child {
        let err = File::options().create(true).append(true).open(self.path("gateway.err")).unwrap();
        self.spawn_logging_to(doors, err.into())
    }

    fn spawn_logging_to(&self, doors: &str, log: Stdio) -> Child {
        let out = File::create(self.path("gateway.out")).unwrap();
        let mut command = self.command(&["serve", "--only", doors]);
        command.stdin(Stdio::null()).stdout(out).stderr(log).spawn().unwrap()
    }

    /// The program in this folder and with this configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.here(PROGRAM);
        command.args(arguments);
        command
    }

    /// Any program in this folder and with this configuration.
    pub fn here(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("USER", "tester").env("TZ", "UTC");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a console command to its end.
    pub fn console(&self, arguments: &[&str]) -> Answer {
        run(&mut self.command(arguments))
    }

    /// Runs a console command to its end on a terminal with this number of columns, without
    /// colours.
    pub fn terminal(&self, columns: u16, arguments: &[&str]) -> Answer {
        let words: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let line = format!("stty cols {columns} rows 24; '{PROGRAM}' {} 2>terminal.err", words.join(" "));
        let mut script = self.here("script");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("NO_COLOR", "1").env("TERM", "xterm");
        let shown = run(&mut script);
        let err = std::fs::read_to_string(self.path("terminal.err")).unwrap_or_default();
        Answer { out: shown.out.replace("\r\n", "\n"), err, ..shown }
    }

    /// Enqueues one notification from a file by the console. Returns the printed row.
    pub fn enqueue(&self, request: &serde_json::Value) -> serde_json::Value {
        let file = self.path("request.json");
        std::fs::write(&file, request.to_string()).unwrap();
        self.console(&["enqueue", file.to_str().unwrap()]).rows().remove(0)
    }

    /// Waits until a flow (`relay`, `hand_over`) is paused and nothing is claimed. Returns the
    /// output of `queue list` then.
    pub fn await_standstill(&self, flow: &str) -> Answer {
        let words = format!("The flow {flow} stands still");
        until(&format!("the queue says: {words}"), seconds(20), || {
            let said = self.console(&["queue", "list", "--format", "json"]);
            let is_claimed = ["\"sending\"", "\"handing_over\""].iter().any(|state| said.out.contains(state));
            (said.err.contains(&words) && !is_claimed).then_some(said)
        })
    }

    /// Turns the mode on.
    pub fn maintenance_on(&self) {
        self.console(&["maintenance", "on"]).well();
    }

    /// Turns the mode off.
    pub fn maintenance_off(&self) {
        self.console(&["maintenance", "off"]).well();
    }

    /// Changes a variable for all later commands and starts.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((format!("POSTERN_{name}"), value.to_owned()));
    }

    /// Connects to the mail port.
    pub fn smtp(&self) -> Smtp {
        Smtp::connect(self.smtp_port)
    }

    /// The token that the first start created.
    pub fn token(&self) -> String {
        self.credential("token=")
    }

    /// The password that the first start created, which `root` has to change.
    pub fn password(&self) -> String {
        self.credential("password=")
    }

    fn credential(&self, label: &str) -> String {
        let text = std::fs::read_to_string(self.path("data/admin-credentials")).unwrap();
        text.lines().find_map(|line| line.strip_prefix(label)).unwrap().to_owned()
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its greeting.
    pub fn greeting(&self) -> String {
        std::fs::read_to_string(self.path("gateway.out")).unwrap_or_default()
    }

    /// Its log since its folder was created.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("gateway.err")).unwrap_or_default()
    }

    /// The mails handed over: every file of `data/inbox`.
    pub fn inbox(&self) -> Vec<Vec<u8>> {
        files::maildir(&self.path("data/inbox"))
    }

    /// The files of the store.
    pub fn store_files(&self) -> Vec<PathBuf> {
        ["postern.db", "postern.db-wal", "postern.db-shm"].map(|name| self.path("data").join(name)).to_vec()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it is running.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.try_wait().unwrap().is_none())
    }

    /// Kills it with SIGKILL; for the process this is like a power cut.
    pub fn kill9(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Sends it a signal to stop (`TERM` or `INT`).
    pub fn tell(&self, signal: &str) {
        process::signal(self.process.as_ref().expect("it runs"), signal);
    }

    /// Waits for its end and returns its exit code.
    pub fn end(&mut self, limit: std::time::Duration) -> i32 {
        let mut process = self.process.take().expect("it runs");
        process::end_of(&mut process, limit).unwrap_or_else(|| panic!("it did not end within {limit:?}"))
    }

    /// Stops it as an operator does.
    pub fn stop(&mut self) {
        self.tell("TERM");
        assert_eq!(self.end(seconds(15)), 0, "{}", self.log());
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.begin();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("the end of the gateway's log:");
            tail.iter().rev().for_each(|line| eprintln!("  {line}"));
        }
    }
}
