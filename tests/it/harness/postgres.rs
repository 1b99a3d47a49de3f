//! A database on a PostgreSQL server that `tests/postgres.sh` starts; the server stops itself when
//! it is no longer used.

use super::process::{Answer, run};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = include_str!("../../postgres.sh");

/// An empty database, deleted on drop.
pub struct Database {
    folder: PathBuf,
    name: String,
}

impl Database {
    /// Creates a database, named after `name` and this process.
    pub fn create(name: &str) -> Self {
        let database = Self { folder: folder(), name: format!("{name}_{}", std::process::id()) };
        script(&[&path(&database.folder)]).well();
        database.ask(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// The URL for `[store] url`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/{}?host={}", self.name, path(&self.folder))
    }

    /// Creates a superuser who needs a password, and returns the name.
    pub fn user_with_password(&self, password: &str) -> String {
        let user = format!("u_{}", self.name);
        // Another test may create the role at the same time.
        script(&["ask", &path(&self.folder), "CREATE ROLE with_password"]);
        self.ask(&format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}' IN ROLE with_password"));
        user
    }

    /// Changes the user's password, and ends the user's connections.
    pub fn change_password(&self, user: &str, password: &str) {
        self.ask(&format!("ALTER ROLE {user} PASSWORD '{password}'"));
        self.throw_out(user);
    }

    /// Ends the user's connections.
    pub fn throw_out(&self, user: &str) {
        self.ask(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"));
    }

    /// The URL for `[store] url`, as this user.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        format!("postgres://{user}:{password}@localhost/{}?host={}", self.name, path(&self.folder))
    }

    /// Refuses new connections from now on, and ends the open ones.
    pub fn take_away(&self) {
        self.ask(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name));
        self.ask(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name));
    }

    fn ask(&self, statement: &str) {
        script(&["ask", &path(&self.folder), statement]).well();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A database that cannot be deleted is removed with the cluster.
        script(&["ask", &path(&self.folder), &format!("DROP DATABASE {} WITH (FORCE)", self.name)]);
    }
}

fn path(folder: &Path) -> String {
    folder.display().to_string()
}

/// A short path, because a socket's path has at most 107 bytes; one for each copy of the source and
/// each account.
fn folder() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_MANIFEST_DIR"), is_root(), std::env::var_os("USER")).hash(&mut hasher);
    std::env::temp_dir().join(format!("postern-it-pg-{:08x}", hasher.finish() >> 32))
}

/// Whether this process runs as root. PostgreSQL refuses to, so its own account runs it then.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Runs the script as PostgreSQL's account. The script is passed as text and runs in `/`, because
/// that account may have no access to this copy of the source.
pub fn script(arguments: &[&str]) -> Answer {
    script_with(&[], arguments)
}

/// The same with variables.
pub fn script_with(variables: &[(&str, String)], arguments: &[&str]) -> Answer {
    let mut command = if is_root() { Command::new("runuser") } else { Command::new("sh") };
    if is_root() {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    run(command
        .args(["-c", SCRIPT, "postgres.sh"])
        .args(arguments)
        .env("script", SCRIPT)
        .envs(variables.iter().cloned())
        .current_dir("/"))
}
