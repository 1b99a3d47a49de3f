//! Which store there is: the one place that tells the kinds apart.

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
    /// The embedded one.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// The shared one.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
}

impl OpenError {
    /// Is it for the operator to mend the configuration or run another command (rather than a failure that may pass)?
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
    /// Which one it is, for people; without a password.
    pub name: String,
    kind: Kind,
}

enum Kind {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl OpenStore {
    /// Opens the gateway's store; an embedded one is made or brought up to date.
    ///
    /// # Errors
    /// When it cannot be opened, or another command must be run first.
    pub async fn open_or_make(config: &Config) -> Result<Self, OpenError> {
        open(config, Existing::CreateIfMissing).await
    }

    /// Opens a store that must be there.
    ///
    /// # Errors
    /// When it is not, or cannot be opened.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        open(config, Existing::Required).await
    }

    /// Ends when the store takes no more work although nobody closed it: whoever serves must stop then.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let embedded = match &self.kind {
            Kind::Sqlite(store) => Some(store.clone()),
            // There is no writer here that could die.
            Kind::Postgres(_) => None,
        };
        async move {
            match embedded {
                Some(store) => store.ended().await,
                None => std::future::pending().await,
            }
        }
    }

    /// Signs in with the password in `url` from the next connection on, once it has been tried; the connections that are open stay.
    ///
    /// # Errors
    /// When no connection comes about with it.
    pub async fn use_password_of(&self, url: &StoreUrl) -> Result<(), OpenError> {
        match (&self.kind, url) {
            (Kind::Postgres(store), StoreUrl::Postgres(url)) => Ok(store.reconnect_as(url.reveal()).await?),
            // There is no password in a file.
            (Kind::Sqlite(_), _) | (Kind::Postgres(_), StoreUrl::Sqlite(_)) => Ok(()),
        }
    }

    /// Waits for what is under way and lets go of the store.
    pub async fn close(&self) {
        match &self.kind {
            Kind::Sqlite(store) => store.close().await,
            Kind::Postgres(store) => store.close().await,
        }
    }
}

/// The folder that the store itself writes to; none when its disk is another machine's.
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

/// Makes the store if it may be made, and brings its schema up to this program's.
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
