//! Another process with the store open, such as a shell or a backup. It keeps reading the snapshot
//! from its beginning.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use std::path::Path;
use tokio::runtime::Runtime;

/// Reads until it is dropped.
pub struct Reader {
    _connection: SqliteConnection,
    _runtime: Runtime,
}

/// Begins to read the store at `path`.
pub fn begin(path: &Path) -> Reader {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connection = runtime.block_on(async {
        let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await.unwrap();
        sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
        sqlx::query("SELECT * FROM mode").fetch_all(&mut connection).await.unwrap();
        connection
    });
    Reader { _connection: connection, _runtime: runtime }
}
