//! The summary's migration over a database that is in use.

use super::super::PostgresStore;
use super::cluster::{Database, MIGRATIONS};
use crate::store::desk::{IncomingFilter, SuppressedFilter};
use crate::store::summary::SummaryStore;

/// The migration that brings it.
const SUMMARY: i64 = 8;

#[tokio::test]
async fn rows_from_before_the_summary_are_counted_too() {
    let database = Database::empty().await;
    let mut connection = database.connect().await;
    let before = MIGRATIONS.iter().map(|migration| migration.version).filter(|version| *version < SUMMARY).max();
    MIGRATIONS.run_to(before.unwrap(), &mut connection).await.unwrap();
    for statement in [
        "INSERT INTO delivery (id, notification_id, place, kind, class, recipient, state, mode_version, enqueued_at, expires_at,
            size_bytes, suppressed_at, ended_at)
         SELECT 'd' || n, 'n', n, 'alert', 'paging', 'a@example.com', 'suppressed', 2, 0, 0, 1, n * 3600000000, n * 3600000000
           FROM generate_series(1, 3) AS row (n)",
        "INSERT INTO recipient (id, mail_id, received_at, client, mask, address_hash, intent, verdict, state, reply, mode_version)
         SELECT 'r' || n, 'm', n, 'c', 'x', 'x', 'reply', 'refuse', 'refused', '550', 2 FROM generate_series(1, 4) AS row (n)",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    PostgresStore::migrate(&database.url()).await.unwrap();
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let suppressed = store.suppressed_tally(SuppressedFilter::default()).await.unwrap();
    assert_eq!((suppressed.total(|_| true), suppressed.hours.len()), (3, 3));
    assert_eq!(store.incoming_tally(IncomingFilter::default()).await.unwrap().total(|_| true), 4);
    store.close().await;
}
