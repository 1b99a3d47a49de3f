//! A private Postfix instance, which uses nothing under /etc/postfix or /var/spool. It delivers
//! `ann@` and `bob@people.test` to Maildirs, and knows no other mailbox there.

use super::files;
use super::process::{Answer, run};
use super::wait::{Deadline, seconds};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// The user that owns the mailboxes.
const NOBODY: u32 = 65_534;

/// How often a Postfix that does not come up is started anew.
const MAX_STARTS: usize = 3;

const MASTER: &str = "\
pickup unix n - n 60 1 pickup
qmgr unix n - n 300 1 qmgr
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
virtual unix - n n - - virtual
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
";

/// A running Postfix, stopped on drop.
pub struct Postfix {
    folder: TempDir,
    pub port: u16,
}

impl Postfix {
    /// Starts it with `more` lines at the end of its main.cf.
    pub fn start(more: &str) -> Self {
        Self::start_after(more, &[])
    }

    /// Starts it with `more` lines at the end of its main.cf, after running `commands` as an
    /// operator would.
    pub fn start_after(more: &str, commands: &[&str]) -> Self {
        need_postfix();
        let postfix = Self { folder: files::folder(), port: super::port::free() };
        let owner = std::fs::metadata(postfix.folder.path()).unwrap().uid();
        assert_eq!(owner, 0, "Postfix starts only for root: run the tests as root");
        for part in ["etc", "spool", "data", "log", "mail"] {
            std::fs::create_dir(postfix.path(part)).unwrap();
        }
        run(Command::new("chown").arg("postfix").arg(postfix.path("data"))).well();
        std::os::unix::fs::chown(postfix.path("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
        std::fs::write(postfix.path("etc/main.cf"), format!("{}{more}", postfix.main())).unwrap();
        let listener = format!("127.0.0.1:{} inet n - n - - smtpd\n", postfix.port);
        std::fs::write(postfix.path("etc/master.cf"), format!("{listener}{MASTER}")).unwrap();
        for command in commands {
            run(Command::new("sh").args(["-c", command]).env("MAIL_CONFIG", postfix.path("etc"))).well();
        }
        postfix.run_up();
        postfix
    }

    /// Starts it, anew when it does not come up: under load a master now and then never starts its
    /// postlogd, and then every program of it waits for ever to log its first line.
    fn run_up(&self) {
        for _ in 0..MAX_STARTS {
            let started = self.tool("postfix", &["start"]);
            assert_eq!(started.code, 0, "Postfix does not start: {started:?} {}", self.log());
            let deadline = Deadline::after(seconds(15));
            while !deadline.is_over() {
                // The connection comes last: it makes an smtpd, which logs too.
                if self.log().contains("daemon started") && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            self.kill();
        }
        panic!("Postfix did not come up in {MAX_STARTS} starts: {}", self.log());
    }

    /// Kills the master and its programs, which share its process group. `postfix stop` would wait
    /// for ever for a master that cannot log.
    fn kill(&self) {
        let number = std::fs::read_to_string(self.path("spool/pid/master.pid")).unwrap_or_default();
        if let Ok(master) = number.trim().parse::<u32>() {
            let _ = Command::new("kill").args(["-KILL", "--", &format!("-{master}")]).output();
        }
    }

    fn main(&self) -> String {
        let folder = self.folder.path().display();
        format!(
            "compatibility_level = 3.6\nqueue_directory = {folder}/spool\ndata_directory = {folder}/data\n\
             maillog_file = {folder}/log/maillog\nmaillog_file_prefixes = {folder}\n\
             mail_owner = postfix\nsetgid_group = postdrop\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = mta.test\nmyorigin = mta.test\nmydestination =\nmynetworks = 127.0.0.0/8\n\
             alias_maps =\nalias_database =\nlocal_recipient_maps =\nnotify_classes =\n\
             default_transport = error:nothing leaves this test\n\
             virtual_mailbox_domains = people.test\nvirtual_mailbox_base = {folder}/mail\n\
             virtual_mailbox_maps = inline:{{ {{ ann@people.test = ann/ }}, {{ bob@people.test = bob/ }} }}\n\
             virtual_uid_maps = static:{NOBODY}\nvirtual_gid_maps = static:{NOBODY}\n\
             smtp_dns_support_level = disabled\nsmtp_tls_security_level = none\nsmtpd_tls_security_level = none\n\
             smtpd_peername_lookup = no\nsmtpd_relay_restrictions = permit_mynetworks, reject\n\
             smtpd_client_connection_count_limit = 0\nsmtpd_error_sleep_time = 0\nin_flow_delay = 0\n"
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs one of Postfix's programs for this instance.
    pub fn tool(&self, program: &str, arguments: &[&str]) -> Answer {
        let mut command = Command::new(program);
        run(command.arg("-c").arg(self.path("etc")).args(arguments))
    }

    /// Retries all queued mails now.
    pub fn flush(&self) {
        self.tool("postqueue", &["-f"]).well();
    }

    /// Number of queued mails.
    pub fn queued(&self) -> usize {
        ["maildrop", "incoming", "active", "deferred"].iter().map(|queue| count(&self.path("spool").join(queue))).sum()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log/maillog")).unwrap_or_default()
    }

    /// Waits for a log line that contains all of `words`, and returns it.
    pub fn await_log(&self, words: &[&str]) -> String {
        let find = || self.log().lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned);
        super::wait::until(&format!("Postfix logs {words:?}"), seconds(30), find)
    }

    /// The mails of `ann` or `bob`.
    pub fn mailbox(&self, name: &str) -> Vec<Vec<u8>> {
        files::maildir(&self.path("mail").join(name))
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("Postfix's log:\n{}", self.log());
        }
        self.kill();
    }
}

fn need_postfix() {
    // `-d` asks for the defaults, because the machine's own Postfix may have no configuration.
    let there = Command::new("postconf").args(["-d", "-h", "mail_version"]).output();
    assert!(
        there.is_ok_and(|answer| answer.status.success()),
        "Postfix is missing: run tests/run.sh, it installs Postfix"
    );
}

/// Number of files below a folder of the queue.
fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}
