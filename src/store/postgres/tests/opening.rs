//! Opening: what is refused, in which words; and what holds on every connection.

use super::super::{OpenError, PostgresStore};
use super::cluster::Database;
use super::fresh;
use crate::domain::mail::Intent;
use crate::domain::mode::Version;
use crate::store::conformance::{at, offer, recipient, rules};
use crate::store::error::StoreError;
use crate::store::mail::MailStore;
use crate::store::mode::ModeRows;
use sqlx::PgConnection;

async fn refused(database: &Database) -> OpenError {
    PostgresStore::open(&database.url()).await.expect_err("an open store")
}

async fn run(connection: &mut PgConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

#[tokio::test]
async fn only_migrate_makes_the_schema_and_it_may_run_again() {
    let database = Database::empty().await;
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::Empty(_)) && error.to_string().contains("run `postern migrate`"), "{error}");
    for _ in 0..2 {
        PostgresStore::migrate(&database.url()).await.unwrap();
    }
    let store = PostgresStore::open(&database.url()).await.unwrap();
    assert_eq!(store.mode().await.unwrap().version, Version(1));
    store.close().await;
    assert!(matches!(store.mode().await, Err(StoreError::Unreachable(_))));
}

#[tokio::test]
async fn an_older_and_a_newer_schema_are_refused_with_the_remedy() {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    run(&mut connection, "INSERT INTO _sqlx_migrations SELECT 9999, 'later', now(), true, '\\x00', 0").await;
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::Newer(_, 9999)) && error.to_string().contains("newer Postern"), "{error}");
    assert!(matches!(PostgresStore::migrate(&database.url()).await, Err(OpenError::Newer(_, 9999))));
    run(&mut connection, "UPDATE _sqlx_migrations SET version = version - 9999").await;
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::Older(_)) && error.to_string().contains("run `postern migrate`"), "{error}");
}

#[tokio::test]
async fn a_database_that_cannot_keep_every_text_is_refused() {
    let database = Database::with("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc").await;
    let error = refused(&database).await;
    assert!(matches!(error, OpenError::Encoding(_, ref found) if found == "LATIN1"), "{error}");
}

#[tokio::test]
async fn an_error_names_the_database_and_never_the_password() {
    let said = PostgresStore::open("postgres://ann:hunter2@127.0.0.1:1/postern").await.unwrap_err().to_string();
    assert!(said.contains("postgres://ann@127.0.0.1:1/postern") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn every_connection_commits_to_disk_and_never_waits_forever() {
    let database = Database::migrated().await;
    database.set("synchronous_commit = off").await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let settings = "SELECT current_setting('synchronous_commit') || ' ' || current_setting('lock_timeout') || ' '
        || current_setting('idle_in_transaction_session_timeout')";
    let found: String = sqlx::query_scalar(settings).fetch_one(&store.pool).await.unwrap();
    assert_eq!(found, "on 2s 10s");
}

#[tokio::test]
async fn a_database_that_may_not_be_written_is_said_to_be_no_primary() {
    let database = Database::migrated().await;
    database.set("default_transaction_read_only = on").await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let answer = store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await;
    assert!(matches!(answer, Err(StoreError::Unreachable(ref why)) if why.contains("primary")), "{answer:?}");
}

#[tokio::test]
async fn what_was_wiped_is_vacuumed() {
    let (store, database) = fresh().await;
    let mut connection = database.connect().await;
    run(&mut connection, "INSERT INTO notification (id, kind, title, class, sender, raw, enqueued_at) VALUES ('a', 'k', 't', 'paging', 's', 'x', 0)").await;
    run(&mut connection, "UPDATE notification SET raw = NULL").await;
    super::super::tidy::tick(&store.pool).await;
    run(&mut connection, "CREATE EXTENSION pageinspect").await;
    let dead: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM heap_page_items(get_raw_page('notification', 0)) WHERE t_data IS NOT NULL",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(dead, 1, "the old row version is still there");
}

#[tokio::test]
async fn a_new_password_opens_later_connections_and_one_that_opens_none_is_not_taken() {
    let database = Database::migrated().await;
    let (user, url) = database.user_with_password("old").await;
    let store = PostgresStore::open(&url("old")).await.unwrap();
    database.change_password(&user, "new").await;
    assert!(store.mode().await.is_err(), "its connections were ended and the old password opens none");
    assert!(matches!(store.reconnect_as(&url("wrong")).await, Err(OpenError::Store(..))));
    store.reconnect_as(&url("new")).await.unwrap();
    assert_eq!(store.mode().await.unwrap().version, Version(1));
    store.close().await;
}
