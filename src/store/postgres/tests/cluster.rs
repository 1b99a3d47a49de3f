//! Databases to test on: a fresh one each, copied from one that has the schema, in a cluster that
//! `tests/postgres.sh` starts.
//!
//! All test processes share the cluster, since a runner may give each test a process of its own; it
//! stops by itself when it is no longer used. Tests outside this crate read this file too, so it
//! names nothing of the crate.

use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The script that has the cluster running.
const SCRIPT: &str = include_str!("../../../../tests/postgres.sh");

pub static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// A database of one's own; deleted at the end of the test.
pub struct Database {
    folder: PathBuf,
    name: String,
}

impl Database {
    /// An empty database with this program's schema.
    pub async fn migrated() -> Self {
        let (folder, mut postgres) = cluster().await;
        let template = template(&folder, &mut postgres).await;
        Self::create(folder, postgres, &format!("TEMPLATE {template}")).await
    }

    /// A database with nothing in it.
    pub async fn empty() -> Self {
        Self::with("").await
    }

    /// A database with nothing in it, made with these options.
    pub async fn with(options: &str) -> Self {
        let (folder, postgres) = cluster().await;
        Self::create(folder, postgres, options).await
    }

    async fn create(folder: PathBuf, mut postgres: PgConnection, options: &str) -> Self {
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        run(&mut postgres, format!("CREATE DATABASE {name} {options}")).await;
        Self { folder, name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        url(&self.folder, &self.name)
    }

    /// Sets a default of it, for connections to come.
    pub async fn set(&self, setting: &str) {
        run(&mut self.connect().await, format!("ALTER DATABASE {} SET {setting}", self.name)).await;
    }

    /// A superuser who needs a password, and the address for this user with a password.
    pub async fn user_with_password(&self, password: &str) -> (String, impl Fn(&str) -> String) {
        let mut postgres = self.connect().await;
        let user = format!("u_{}", self.name);
        // Another test may make the role at the same time.
        let _ = sqlx::query("CREATE ROLE with_password").execute(&mut postgres).await;
        run(&mut postgres, format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}' IN ROLE with_password"))
            .await;
        let (named, name, folder) = (user.clone(), self.name.clone(), self.folder.display().to_string());
        (user, move |password| format!("postgres://{named}:{password}@localhost/{name}?host={folder}"))
    }

    /// Gives the user another password, and ends its connections.
    pub async fn change_password(&self, user: &str, password: &str) {
        let mut postgres = self.connect().await;
        run(&mut postgres, format!("ALTER ROLE {user} PASSWORD '{password}'")).await;
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1";
        sqlx::query(end).bind(user).fetch_all(&mut postgres).await.expect("the end of the user's connections");
    }

    /// A connection to it, beside the store's.
    pub async fn connect(&self) -> PgConnection {
        connect(&self.url()).await.expect("the database of this test")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // In a thread with a runtime of its own: the test's may be at its end. What cannot be
        // deleted goes with the cluster.
        let (postgres, drop) = (url(&self.folder, "postgres"), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { run(&mut connect(&postgres).await.expect("the cluster"), drop).await });
        });
        let _ = deleting.join();
    }
}

fn url(folder: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", folder.display())
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    url.parse::<PgConnectOptions>()?.disable_statement_logging().connect().await
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await.expect("a statement of the test's own");
}

/// The cluster's folder and a connection to it.
async fn cluster() -> (PathBuf, PgConnection) {
    let folder = folder();
    for _ in 0..3 {
        // Said each time: the watchdog counts from the last.
        start(&folder);
        if let Ok(connection) = connect(&url(&folder, "postgres")).await {
            return (folder, connection);
        }
    }
    panic!("the cluster in {} does not answer: see server.log there", folder.display());
}

/// Where the cluster is: a short path, since a socket's may have 107 bytes, and one for each copy
/// of the source and account.
fn folder() -> PathBuf {
    let mut name = "postern-test-".to_owned();
    let owner = if is_root() { "root" } else { "own" };
    for byte in
        &Sha256::digest(format!("{} {owner} {}", env!("CARGO_MANIFEST_DIR"), std::env::var("USER").unwrap_or_default()))
            [..6]
    {
        let _ = write!(name, "{byte:02x}");
    }
    std::env::temp_dir().join(name)
}

/// PostgreSQL does not run as root; then its own account runs it.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn start(folder: &Path) {
    let mut command = Command::new(if is_root() { "runuser" } else { "sh" });
    if is_root() {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    // As a text and from `/`: the other account may not be allowed into this copy of the source.
    command.args(["-c", SCRIPT, "postgres.sh"]).arg(folder).env("script", SCRIPT).current_dir("/");
    let done = command.output().expect("PostgreSQL for the tests: run tests/run.sh, which installs what they need");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The name of a database with this program's schema, to copy from; the first test process makes
/// it.
async fn template(folder: &Path, postgres: &mut PgConnection) -> String {
    let mut name = "schema".to_owned();
    for byte in &Sha256::digest(MIGRATIONS.iter().map(|one| one.sql.as_str()).collect::<String>())[..6] {
        let _ = write!(name, "_{byte:02x}");
    }
    run(postgres, "SELECT pg_advisory_lock(1)".into()).await;
    let known = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)";
    let is_there: bool = sqlx::query_scalar(known).bind(&name).fetch_one(&mut *postgres).await.expect("an answer");
    if !is_there {
        // Renamed at the end, so that one with half a schema is never taken for whole.
        run(postgres, "DROP DATABASE IF EXISTS unfinished WITH (FORCE)".into()).await;
        run(postgres, "CREATE DATABASE unfinished".into()).await;
        let mut unfinished = connect(&url(folder, "unfinished")).await.expect("the new database");
        MIGRATIONS.run(&mut unfinished).await.expect("the schema");
        unfinished.close().await.expect("the end of a connection");
        run(postgres, format!("ALTER DATABASE unfinished RENAME TO {name}")).await;
    }
    run(postgres, "SELECT pg_advisory_unlock(1)".into()).await;
    name
}
