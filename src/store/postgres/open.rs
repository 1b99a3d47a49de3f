//! Connecting: the settings of every connection, the checks before the first use, and the schema.

use super::row::Columns;
use super::{PostgresStore, failed, tidy};
use crate::policy::rules::UnknownKind;
use crate::store::error::StoreError;
use crate::store::known::Known;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Why the store did not open. The name never holds the password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL says nothing sensible.
    #[error("`store.url` cannot be used ({0}): write postgres://user:password@host:port/database")]
    Url(String),
    /// The database is there, and empty.
    #[error("there is no store in {0} yet: run `postern migrate` once")]
    Empty(String),
    /// It lacks a migration.
    #[error("the store in {0} has an older schema: run `postern migrate`")]
    Older(String),
    /// It was made by a newer Postern.
    #[error("the store in {0} was made by a newer Postern (schema {1}): use that version, or restore an older copy")]
    Newer(String, i64),
    /// It cannot keep every text.
    #[error("the database {0} keeps text as {1}: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")]
    Encoding(String, String),
    /// It cannot be written.
    #[error(
        "the database {0} is a standby, which cannot be written: name the primary in `store.url`, or promote this one"
    )]
    Standby(String),
    /// It cannot be reached, or says no.
    #[error("cannot open the store in {0}: {1}; is PostgreSQL running there, and is `store.url` right?")]
    Store(String, StoreError),
}

/// Connections of one process; more would only wait for the disk.
const CONNECTIONS: u32 = 16;
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A connection idle for longer is tried before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// Locks are not waited for longer than a client waits for an answer; a transaction whose process
/// hangs must not keep the mode from changing; and a commit is on disk, whatever the database's
/// default is.
const SETTINGS: &str = "SELECT set_config('lock_timeout', '2s', false),
        set_config('idle_in_transaction_session_timeout', '10s', false),
        CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END";

const STATE: &str =
    "SELECT pg_is_in_recovery()::int::bigint AS standby, current_setting('server_encoding') AS encoding,
        current_setting('fsync') AS fsync, (to_regclass('_sqlx_migrations') IS NOT NULL)::int::bigint AS migrated";

impl PostgresStore {
    /// Connects to the database at `url`, which must have this program's schema.
    ///
    /// # Errors
    /// When it cannot be reached, is a standby, or its schema is missing, older or newer.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let options = options(url)?;
        let name = name(&options);
        let mut connection = connect(&options, &name).await?;
        let found = version(&mut connection, &name).await?;
        // An error at the end of a connection changes nothing.
        let _ = connection.close().await;
        match found {
            None => return Err(OpenError::Empty(name)),
            Some(version) if version > newest() => return Err(OpenError::Newer(name, version)),
            Some(version) if version < newest() => return Err(OpenError::Older(name)),
            Some(_) => {}
        }
        let pool = pool(options).await.map_err(|error| OpenError::Store(name, failed(error)))?;
        let wiped = Arc::new(Notify::new());
        let tidying = tokio::spawn(tidy::run(pool.clone(), Arc::clone(&wiped))).abort_handle();
        Ok(Self { pool, known: Known::default(), unknown_kind: UnknownKind::default(), wiped, tidying })
    }

    /// Opens new connections by `url` from here on, which names the same database with another
    /// password.
    ///
    /// # Errors
    /// When no connection comes about by it; then nothing changes.
    pub async fn reconnect_as(&self, url: &str) -> Result<(), OpenError> {
        let options = options(url)?;
        let connection = connect(&options, &name(&options)).await?;
        // An error at the end of a connection changes nothing.
        let _ = connection.close().await;
        self.pool.set_connect_options(options);
        Ok(())
    }

    /// Brings the schema of the database at `url` up to this program's.
    ///
    /// # Errors
    /// When it cannot be reached, is a standby, is newer than this program, or says no.
    pub async fn migrate(url: &str) -> Result<(), OpenError> {
        let options = options(url)?;
        let name = name(&options);
        let mut connection = connect(&options, &name).await?;
        if let Some(version) = version(&mut connection, &name).await?.filter(|version| *version > newest()) {
            return Err(OpenError::Newer(name, version));
        }
        let migrated = MIGRATIONS.run(&mut connection).await;
        let _ = connection.close().await;
        migrated.map_err(|error| OpenError::Store(name, StoreError::Unreachable(error.to_string())))
    }
}

fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::Url(error.to_string()))?;
    Ok(options.application_name("postern").disable_statement_logging())
}

/// Which database this is, for people.
fn name(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    let host =
        options.get_socket().map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    format!("postgres://{}@{host}:{}/{database}", options.get_username(), options.get_port())
}

async fn pool(options: PgConnectOptions) -> Result<sqlx::PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                if idle.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::query(SETTINGS).execute(connection).await.map(drop) })
        })
        .connect_with(options)
        .await
}

/// Connects and checks what no migration can mend.
async fn connect(options: &PgConnectOptions, name: &str) -> Result<PgConnection, OpenError> {
    let refused = |error| OpenError::Store(name.to_owned(), failed(error));
    let silent = |_| OpenError::Store(name.to_owned(), StoreError::Unreachable("no answer within 10s".into()));
    let connecting = tokio::time::timeout(Duration::from_secs(10), options.connect());
    let mut connection = connecting.await.map_err(silent)?.map_err(refused)?;
    let state = sqlx::query(STATE).fetch_one(&mut connection).await.map_err(refused)?;
    let unreadable = |error| OpenError::Store(name.to_owned(), error);
    if state.number("standby").map_err(unreadable)? == 1 {
        return Err(OpenError::Standby(name.to_owned()));
    }
    let encoding = state.text("encoding").map_err(unreadable)?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(name.to_owned(), encoding));
    }
    if state.text("fsync").map_err(unreadable)? == "off" {
        tracing::warn!("The database {name} runs with fsync=off: what is acknowledged can be lost; set fsync=on");
    }
    Ok(connection)
}

/// The newest migration this program knows.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The newest migration the database has seen; `None` for an empty one.
async fn version(connection: &mut PgConnection, name: &str) -> Result<Option<i64>, OpenError> {
    let refused = |error| OpenError::Store(name.to_owned(), failed(error));
    let state = sqlx::query(STATE).fetch_one(&mut *connection).await.map_err(refused)?;
    if state.number("migrated").map_err(|error| OpenError::Store(name.to_owned(), error))? == 0 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
        .map_err(refused)
}
