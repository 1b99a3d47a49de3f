//! `[store]`: the database that holds all state.

use super::error::{ConfigError, Fault};
use super::place;
use super::postgres::PostgresUrl;
use super::section::Section;
use std::path::PathBuf;

/// The `[store]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The database.
    pub url: StoreUrl,
    /// The file to which the first start writes the administrator's credentials.
    pub credentials: PathBuf,
}

/// The file name of the first administrator's credentials.
const CREDENTIALS: &str = "admin-credentials";

/// The folder for it when the store has no local folder.
const FOLDER: &str = "data";

/// The supported stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

/// In the notation of the configuration, with a password masked.
impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl StoreUrl {
    /// Whether `other` is the same database and user, with any password.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Postgres(own), Self::Postgres(other)) => own.is_same_place(other),
            (Self::Sqlite(_), _) | (Self::Postgres(_), Self::Sqlite(_)) => false,
        }
    }

    /// As displayed, but with an absolute path, for readers in another folder.
    #[must_use]
    pub fn whole(&self) -> String {
        match self {
            Self::Sqlite(path) => Self::Sqlite(std::path::absolute(path).unwrap_or_else(|_| path.clone())).to_string(),
            Self::Postgres(_) => self.to_string(),
        }
    }
}

impl Store {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let url = match section.parsed_unseen("url", store_url)? {
            StoreUrl::Sqlite(path) => StoreUrl::Sqlite(section.rooted(path)),
            StoreUrl::Postgres(url) => StoreUrl::Postgres(url),
        };
        let credentials = match &url {
            StoreUrl::Sqlite(path) => path.with_file_name(CREDENTIALS),
            StoreUrl::Postgres(_) => section.rooted(FOLDER).join(CREDENTIALS),
        };
        Ok(Self { url, credentials })
    }
}

fn store_url(text: &str) -> Result<StoreUrl, Fault> {
    let remedy = "Write `sqlite:PATH`, like `sqlite:data/postern.db`, or `postgres://user:password@host:port/database`";
    match text.split_once(':') {
        Some(("sqlite", rest)) if rest.contains(":memory:") => {
            Err(Fault::new("would keep nothing: memory is lost at the end", remedy))
        }
        Some(("sqlite", rest)) if rest.contains('?') => {
            Err(Fault::new("holds options after a `?`, which are not read", remedy))
        }
        Some(("sqlite", rest)) => place::path_of_url(rest).map(StoreUrl::Sqlite),
        Some(("postgres" | "postgresql", _)) => PostgresUrl::parse(text).map(StoreUrl::Postgres),
        _ => Err(Fault::new("names no store that Postern knows", remedy)),
    }
}
