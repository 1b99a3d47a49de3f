//! Selects the store: the one place that distinguishes the kinds.

use crate::run::config::Config;
use crate::run::config::store::StoreUrl;
use crate::store::Store;
use crate::store::postgres::{self, PostgresStore};
use crate::store::sqlite::{self, Existing, SqliteStore};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite store failed to open.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// The PostgreSQL store failed to open.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
}

impl OpenError {
    /// Whether the operator has to fix the configuration or run another command, as opposed to a
    /// failure that may pass.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        use postgres::OpenError::{Standby, Store};
        // A standby may be promoted at any moment.
        !matches!(self, Self::Sqlite(sqlite::OpenError::Store(..)) | Self::Postgres(Store(..) | Standby(_)))
    }
}

/// An open store.
pub struct OpenStore {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The store's name for people, without a password.
    pub name: String,
    kind: Kind,
}

enum Kind {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl OpenStore {
    /// Opens the gateway's store; an SQLite store is created or migrated.
    ///
    /// # Errors
    /// When it cannot be opened, or another command must be run first.
    pub async fn open_or_make(config: &Config) -> Result<Self, OpenError> {
        open(config, Existing::CreateIfMissing).await
    }

    /// Opens a store that must exist.
    ///
    /// # Errors
    /// When it does not exist, or cannot be opened.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        open(config, Existing::Required).await
    }

    /// Completes when the store accepts no more work although it was not closed: the gateway must
    /// stop then.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let embedded = match &self.kind {
            Kind::Sqlite(store) => Some(store.clone()),
            // PostgreSQL has no writer task that could die.
            Kind::Postgres(_) => None,
        };
        async move {
            match embedded {
                Some(store) => store.ended().await,
                None => std::future::pending().await,
            }
        }
    }

    /// Uses the password in `url` for later connections, after one connection has succeeded with
    /// it. Open connections stay.
    ///
    /// # Errors
    /// When that connection fails.
    pub async fn use_password_of(&self, url: &StoreUrl) -> Result<(), OpenError> {
        match (&self.kind, url) {
            (Kind::Postgres(store), StoreUrl::Postgres(url)) => Ok(store.reconnect_as(url.reveal()).await?),
            // There is no password in a file.
            (Kind::Sqlite(_), _) | (Kind::Postgres(_), StoreUrl::Sqlite(_)) => Ok(()),
        }
    }

    /// Waits for work in progress and closes the store.
    pub async fn close(&self) {
        match &self.kind {
            Kind::Sqlite(store) => store.close().await,
            Kind::Postgres(store) => store.close().await,
        }
    }
}

/// The folder that the store itself writes to; `None` when its disk belongs to another machine.
#[must_use]
pub fn folder_of(url: &StoreUrl) -> Option<PathBuf> {
    match url {
        StoreUrl::Sqlite(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Some(folder.unwrap_or(Path::new(".")).to_owned())
        }
        StoreUrl::Postgres(_) => None,
    }
}

async fn open(config: &Config, existing: Existing) -> Result<OpenStore, OpenError> {
    let (name, unknown_kind) = (config.store.url.to_string(), config.notifications.unknown_kind);
    match &config.store.url {
        StoreUrl::Sqlite(path) => {
            let opened = SqliteStore::open(path, existing).await?.with_unknown_kind(unknown_kind);
            Ok(OpenStore { store: Arc::new(opened.clone()), name, kind: Kind::Sqlite(opened) })
        }
        StoreUrl::Postgres(url) => {
            let opened = PostgresStore::open(url.reveal()).await?.with_unknown_kind(unknown_kind);
            Ok(OpenStore { store: Arc::new(opened.clone()), name, kind: Kind::Postgres(opened) })
        }
    }
}

/// Creates the store if permitted, and migrates its schema to this program's version.
///
/// # Errors
/// When it cannot be opened, or was made by a newer program.
pub async fn migrate(url: &StoreUrl) -> Result<(), OpenError> {
    match url {
        StoreUrl::Sqlite(path) => SqliteStore::open(path, Existing::CreateIfMissing).await?.close().await,
        StoreUrl::Postgres(url) => PostgresStore::migrate(url.reveal()).await?,
    }
    Ok(())
}
