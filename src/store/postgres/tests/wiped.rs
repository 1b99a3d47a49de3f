//! What is left of a wiped message in the database's files.

use super::cluster::Database;
use super::fresh;
use crate::domain::mode::State;
use crate::domain::notification::Class;
use crate::store::Store;
use crate::store::conformance::{at, notification, turn};
use crate::store::notification::NewNotification;
use crate::store::postgres::tidy;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::path::PathBuf;
use std::sync::Arc;

/// How many of the files of this database's tables hold the bytes of `secret`, after all pages were
/// written.
async fn files_with(database: &Database, secret: &str) -> usize {
    let mut connection = database.connect().await;
    sqlx::query("CHECKPOINT").execute(&mut connection).await.unwrap();
    let row = sqlx::query(
        "SELECT current_setting('data_directory') || '/base/' || oid AS folder FROM pg_database WHERE datname = current_database()",
    );
    let folder = PathBuf::from(row.fetch_one(&mut connection).await.unwrap().get::<String, _>("folder"));
    let files =
        std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap_or_default());
    files.filter(|bytes| memchr::memmem::find(bytes, secret.as_bytes()).is_some()).count()
}

/// A message that holds `secret`; random enough that PostgreSQL does not compress it away.
fn message(class: Class, number: i64, bytes: usize, secret: &str) -> Arc<NewNotification> {
    let mut filling = String::new();
    while filling.len() < bytes {
        let digest = Sha256::digest(format!("{number} {}", filling.len()));
        digest.iter().for_each(|byte| filling.push_str(&format!("{byte:02x}")));
    }
    let raw = Bytes::from(format!("Open {secret}-{number}\r\n{filling}\r\nAgain {secret}-{number}\r\n"));
    Arc::new(NewNotification { raw, ..notification(class, at(number), "") })
}

#[tokio::test]
async fn a_wiped_message_is_overwritten_in_the_tables_files() {
    let (opened, database) = fresh().await;
    let store: Arc<dyn Store> = Arc::new(opened.clone());
    for number in 0..60 {
        // Beside others that stay, short and long ones: in the row and in the pieces of the TOAST
        // table.
        let bytes = [40, 900, 5_000, 60_000][usize::try_from(number % 4).unwrap()];
        let pair = [(Class::WriteDependent, "s3cret"), (Class::Ordinary, "kept")];
        store.enqueue(pair.map(|(class, word)| message(class, number, bytes, word)).to_vec()).await.unwrap();
    }
    // Autovacuum takes its samples at any time; here it does so at the worst one.
    sqlx::query("ANALYZE notification").execute(&opened.pool).await.unwrap();
    assert!(files_with(&database, "s3cret").await > 0, "the search finds nothing at all");
    turn(&store, State::On, at(100)).await;
    // Other tests write pages of this cluster at the same time, and a run passes over a page in
    // use.
    let mut left = usize::MAX;
    for _ in 0..5 {
        tidy::tick(&opened.pool).await;
        left = files_with(&database, "s3cret").await;
        if left == 0 {
            break;
        }
    }
    assert_eq!(left, 0);
    assert!(files_with(&database, "kept").await > 0);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM notification").fetch_one(&opened.pool).await.unwrap();
    assert_eq!(rows, 120, "a filler stayed, or a notification went");
}
