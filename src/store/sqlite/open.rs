//! Opening the file: its settings, its schema, and a clear sentence when it cannot be opened.

use super::ledger::Ledger;
use super::place::Place;
use super::writer::Writer;
use super::{SqliteStore, failed};
use crate::disk;
use crate::policy::rules::UnknownKind;
use crate::store::error::StoreError;
use crate::store::known::Known;
use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Must there be a store already?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Yes: a console command in the wrong folder must not make a new one.
    Required,
    /// No: the gateway makes one at its first start.
    CreateIfMissing,
}

/// Why the store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none, and none may be made.
    #[error(
        "there is no store at {0}: run this command in the gateway's folder, or name its configuration with --config"
    )]
    Missing(PathBuf),
    /// Its folder or file cannot be made.
    #[error("cannot make {0} ({1}): choose another place with [store] url, or mend its permissions")]
    Folder(PathBuf, std::io::Error),
    /// It was made by a newer Postern.
    #[error("the store at {0} was made by a newer Postern (schema {1}): use that version, or restore an older copy")]
    Newer(PathBuf, i64),
    /// It lacks a migration this process may not run.
    #[error("the store at {0} has an older schema: run `postern migrate` or start `postern serve`")]
    Older(PathBuf),
    /// SQLite says no.
    #[error("cannot open the store at {0}: {1}")]
    Store(PathBuf, StoreError),
}

/// The size of a page in a new file. Messages fill pages of their own: at 8 KiB they need half the
/// writes of 4 KiB, and at 16 KiB the small rows begin to cost more.
const PAGE_BYTES: u32 = 8192;
/// WAL pages kept before they are folded into the file: 16 MiB. The default of 4 MiB folds too
/// often for bodies.
const WAL_PAGES: &str = "2048";
/// How long a transaction waits for another process's, before it is answered 4xx.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Reports and look-ups at the same time; more would only wait for the disk.
const READERS: u32 = 4;

impl SqliteStore {
    /// Opens the file at `path`, bringing its schema up when it may be created.
    ///
    /// # Errors
    /// When it is missing and required, newer than this program, or SQLite cannot open it.
    pub async fn open(path: &Path, existing: Existing) -> Result<Self, OpenError> {
        if existing == Existing::Required && !path.is_file() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let _alone = match existing {
            Existing::CreateIfMissing => Some(begin(path).await?),
            Existing::Required => None,
        };
        let store = |error| OpenError::Store(path.to_owned(), failed(error));
        let options = options(path).create_if_missing(existing == Existing::CreateIfMissing);
        let known = Known::default();
        let mut ledger =
            Ledger::open(&options, known.clone()).await.map_err(|error| OpenError::Store(path.to_owned(), error))?;
        match (existing, version(&mut ledger).await) {
            (_, Some(found)) if found > newest() => return Err(OpenError::Newer(path.to_owned(), found)),
            (Existing::Required, found) if found != Some(newest()) => return Err(OpenError::Older(path.to_owned())),
            (Existing::Required, _) => {}
            (Existing::CreateIfMissing, _) => {
                migrate(&mut ledger).await.map_err(|error| OpenError::Store(path.to_owned(), error))?
            }
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            // One always stays open, so that SQLite never removes the log by itself while the
            // writer opens anew.
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(
                SqliteConnectOptions::new()
                    .filename(path)
                    .read_only(true)
                    .busy_timeout(BUSY)
                    .disable_statement_logging(),
            )
            .await
            .map_err(store)?;
        let place = Place::of(path);
        let writer = Writer::start(ledger, self::options(path), place.clone());
        Ok(Self { place, known, unknown_kind: UnknownKind::default(), readers, writer })
    }
}

/// Makes the file, and keeps other processes from making or migrating it too until the answer is
/// dropped.
async fn begin(path: &Path) -> Result<File, OpenError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let cannot = |error| OpenError::Folder(folder.to_owned(), error);
    if !folder.as_os_str().is_empty() {
        make_folder(folder).map_err(cannot)?;
    }
    let alone = disk::lock(folder).await.map_err(cannot)?;
    make_file(path).map_err(|error| OpenError::Folder(path.to_owned(), error))?;
    Ok(alone)
}

async fn migrate(ledger: &mut Ledger) -> Result<(), StoreError> {
    MIGRATIONS.run(&mut *ledger.connection()).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        other => StoreError::Corrupt(other.to_string()),
    })
}

/// The newest migration this program knows.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The newest migration the file has seen; `None` for an empty file.
async fn version(ledger: &mut Ledger) -> Option<i64> {
    sqlx::query_scalar::<_, i64>("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(&mut *ledger.connection())
        .await
        .ok()
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .pragma("secure_delete", "ON")
        .page_size(PAGE_BYTES)
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "MEMORY")
}

/// The same for the file; SQLite gives its log the same permissions.
fn make_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Only the gateway's own account may look inside: the store holds other people's mail.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() { Ok(()) } else { std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder) }
}
