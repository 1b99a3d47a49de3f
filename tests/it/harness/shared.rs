//! A store of either kind that several gateways share.

#[allow(dead_code, reason = "not all of it is needed here")]
#[path = "../../../src/store/postgres/tests/cluster.rs"]
mod cluster;

use super::files;
use super::gateway::Gateway;
use cluster::Database;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::future::Future;
use tempfile::TempDir;

/// What the gateways of a test share: the store, and the folder for handed-over mail.
pub struct Shared {
    folder: TempDir,
    /// `None` for an SQLite file in the folder.
    database: Option<Database>,
}

impl Shared {
    /// An SQLite file that does not exist yet.
    pub fn sqlite() -> Self {
        Self { folder: files::folder(), database: None }
    }

    /// A PostgreSQL database with the schema.
    pub fn postgres() -> Self {
        Self { folder: files::folder(), database: Some(wait_for(Database::migrated())) }
    }

    /// A PostgreSQL database without the schema.
    pub fn empty_postgres() -> Self {
        Self { folder: files::folder(), database: Some(wait_for(Database::empty())) }
    }

    /// The URL for `[store] url`.
    pub fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("postern.db").display()),
        }
    }

    /// A gateway on this store with these additional variables, in its own folder, not started yet.
    pub fn gateway(&self, variables: &[(&str, &str)]) -> Gateway {
        let (url, inbox) = (self.url(), format!("maildir:{}", self.folder.path().join("inbox").display()));
        let mut gateway = Gateway::prepare(&[("STORE__URL", &url), ("APP__URL", &inbox)]);
        for (name, value) in variables {
            gateway.set(name, value);
        }
        gateway
    }

    /// The mails that all gateways handed over.
    pub fn inbox(&self) -> Vec<Vec<u8>> {
        files::maildir(&self.folder.path().join("inbox"))
    }

    /// The number that a query returns; `None` for no row or NULL.
    pub fn number(&self, query: &str) -> Option<i64> {
        let query = AssertSqlSafe(query.to_owned());
        wait_for(async {
            match &self.database {
                Some(database) => {
                    let mut connection = database.connect().await;
                    sqlx::query_scalar::<_, Option<i64>>(query).fetch_optional(&mut connection).await
                }
                None => {
                    let file = SqliteConnectOptions::new().filename(self.folder.path().join("postern.db"));
                    let mut connection = file.connect().await.unwrap();
                    sqlx::query_scalar::<_, Option<i64>>(query).fetch_optional(&mut connection).await
                }
            }
        })
        .unwrap()
        .flatten()
    }

    /// Changes the store directly, without the gateways.
    pub fn change(&self, statement: &str) {
        self.number(&format!("{statement} RETURNING CAST(1 AS BIGINT)"));
    }
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
