//! The schema: every migration is applied over a filled database and adds its own rows, every CHECK
//! refuses what it should, the program reads all rows, and every statement of the store is valid in
//! the newest schema.

#[path = "migrations/postgres.rs"]
mod postgres;
#[path = "migrations/rows.rs"]
mod rows;
#[path = "migrations/statements.rs"]
mod statements;

use postern::domain::mail::{Intent, MailState, Verdict};
use postern::domain::notification::{Class, DeliveryState};
use postern::domain::window::WindowState;
use postern::store::Store;
use postern::store::desk::{DeskStore, IncomingFilter, Page, QueueFilter, QueueKind, SuppressedFilter};
use postern::store::job::JobResult;
use postern::store::sqlite::{Existing, SqliteStore};
use postern::store::summary::SummaryStore;
use rows::{REFUSED, ROWS, SQLITE};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqlSafeStr, SqliteConnection};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");

fn names(folder: impl AsRef<Path>) -> Result<BTreeSet<String>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.filter(|name: &Result<String>| name.as_ref().map_or(true, |name| name != "README.md")).collect()
}

/// A database file with all migrations applied, each over the rows of the earlier ones.
async fn filled(path: &Path) -> Result<SqliteConnection> {
    let mut connection = SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await?;
    let migrator = Migrator::new(Path::new(MIGRATIONS).join(SQLITE)).await?;
    for migration in migrator.iter() {
        migrator.run_to(migration.version, &mut connection).await?;
        assert_sound(&mut connection).await?;
        let name = format!("{:04}_{}.sql", migration.version, migration.description.replace(' ', "_"));
        sqlx::raw_sql(AssertSqlSafe(rows::read(&name, SQLITE)?))
            .execute(&mut connection)
            .await
            .map_err(|error| format!("{name}: {error}"))?;
        assert_sound(&mut connection).await?;
        let empty = empty_tables(&mut connection).await?;
        assert!(
            empty.is_empty(),
            "after {name} these tables have no rows: {empty:?}; add some to fixtures/rows/{name}"
        );
    }
    Ok(connection)
}

/// Asserts that all rows satisfy NOT NULL, CHECK and UNIQUE, and that the indexes are intact.
async fn assert_sound(connection: &mut SqliteConnection) -> Result<()> {
    let faults: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await?;
    assert_eq!(faults, ["ok"]);
    let strays = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await?;
    assert_eq!(strays.len(), 0, "rows point to rows that are not there");
    Ok(())
}

async fn empty_tables(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut empty = Vec::new();
    for table in tables {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
        if sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *connection).await? == 0 {
            empty.push(table);
        }
    }
    Ok(empty)
}

#[test]
fn every_migration_has_a_number_a_name_and_sample_rows() -> Result<()> {
    let mut rows = names(ROWS)?;
    rows.remove(REFUSED);
    for kind in names(MIGRATIONS)? {
        let migrations = names(Path::new(MIGRATIONS).join(&kind))?;
        for (name, number) in migrations.iter().zip(1..) {
            let words = name.strip_prefix(&format!("{number:04}_")).and_then(|rest| rest.strip_suffix(".sql"));
            let is_plain = |words: &str| {
                words
                    .split('_')
                    .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
            };
            assert!(
                words.is_some_and(is_plain),
                "migrations/{kind}/{name}: name it {number:04}_what_it_does.sql, without a gap"
            );
        }
        assert_eq!(
            migrations, rows,
            "migrations/{kind} and fixtures/rows must hold the same names: rows for each migration"
        );
    }
    Ok(())
}

#[tokio::test]
async fn migrations_apply_one_after_another_over_a_filled_database() -> Result<()> {
    let folder = tempfile::tempdir()?;
    filled(&folder.path().join("postern.db")).await?.close().await?;
    Ok(())
}

#[tokio::test]
async fn the_program_reads_every_sample_row() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("postern.db");
    filled(&path).await?.close().await?;
    // This fails as `Older` if the program was not rebuilt after a migration was added.
    let store = SqliteStore::open(&path, Existing::Required).await?;
    reads_every_sample_row(&store).await?;
    store.close().await;
    Ok(())
}

/// Reads all that the sample rows put into a store, of either kind.
async fn reads_every_sample_row(store: &impl Store) -> Result<()> {
    let page = || Page { limit: 1000, after: None };
    let incoming = store.incoming(IncomingFilter::default(), page()).await?;
    let seen = |all: &[Intent]| all.iter().filter(|one| !incoming.iter().any(|mail| mail.intent == **one)).count();
    assert_eq!(seen(Intent::ALL), 1, "only `unknown` leaves no row");
    assert!(MailState::ALL.iter().all(|state| incoming.iter().any(|mail| mail.state == *state)));
    assert!(Verdict::ALL.iter().all(|verdict| incoming.iter().any(|mail| mail.verdict == *verdict)));
    let discarded = incoming.iter().filter(|mail| mail.verdict == Verdict::Discard);
    assert!(discarded.clone().all(|mail| mail.reason.is_some()) && discarded.count() > 1, "a discarded row says why");
    let suppressed = store.suppressed(SuppressedFilter::default(), page()).await?;
    let blocked = [Class::WriteDependent, Class::Paging, Class::Unclassified];
    assert!(blocked.iter().all(|class| suppressed.iter().any(|mail| mail.class == *class)));
    for state in DeliveryState::ALL {
        let kind = Some(QueueKind::Delivery);
        let filter = QueueFilter { kind, state: Some(state.to_string()), ..QueueFilter::default() };
        assert!(!store.queue(filter, page()).await?.is_empty(), "no sample delivery is {state}");
    }
    let mut attempts = 0;
    let items = incoming.iter().map(|mail| mail.id.into()).chain(suppressed.iter().map(|mail| mail.id.into()));
    for id in items {
        attempts += store.attempts(id).await?.len();
    }
    assert!(attempts > 0 && !store.pauses().await?.is_empty() && !store.list_tokens().await?.is_empty());
    let jobs = store.jobs().await?;
    assert!(JobResult::ALL.iter().all(|result| jobs.iter().any(|job| job.last_result == Some(*result))));
    assert!(jobs.iter().any(|job| job.paused_by.is_some()) && jobs.iter().any(|job| job.lease_until.is_some()));
    let windows = store.windows(None, page()).await?;
    assert!(WindowState::ALL.iter().all(|state| windows.iter().any(|window| window.state == *state)));
    assert_eq!(store.history(1).await?.first().map(|change| change.mode.clone()), Some(store.mode().await?));
    Ok(())
}

#[tokio::test]
async fn rows_from_before_the_summary_are_counted_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("postern.db");
    filled(&path).await?.close().await?;
    let store = SqliteStore::open(&path, Existing::Required).await?;
    let page = Page { limit: 1000, after: None };
    let incoming = i64::try_from(store.incoming(IncomingFilter::default(), page.clone()).await?.len())?;
    let suppressed = i64::try_from(store.suppressed(SuppressedFilter::default(), page).await?.len())?;
    assert_eq!(store.incoming_tally(IncomingFilter::default()).await?.total(|_| true), incoming);
    assert_eq!(store.suppressed_tally(SuppressedFilter::default()).await?.total(|_| true), suppressed);
    store.close().await;
    Ok(())
}

#[tokio::test]
async fn every_check_refuses_a_row_that_breaks_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut connection = filled(&folder.path().join("postern.db")).await?;
    let schema: Vec<String> =
        sqlx::query_scalar("SELECT sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL")
            .fetch_all(&mut connection)
            .await?;
    let checks: BTreeSet<String> = schema.iter().flat_map(|table| check_names(table)).collect();
    let refused = rows::refused(SQLITE)?;
    rows::assert_all_are_tried(&checks, &refused);
    for (check, changes) in refused {
        for change in changes {
            let result = sqlx::raw_sql(AssertSqlSafe(change.clone())).execute(&mut connection).await;
            let said =
                result.map_or_else(|error| error.to_string(), |done| format!("{} rows changed", done.rows_affected()));
            assert!(
                said.ends_with(&format!("CHECK constraint failed: {check}")),
                "{check} does not refuse {change}: {said}"
            );
        }
    }
    Ok(())
}

/// The names of a table's checks; each must have one.
fn check_names(table: &str) -> Vec<String> {
    let words: Vec<_> = table.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty()).collect();
    let is_check = |place: &usize| words[*place] == "CHECK";
    (0..words.len())
        .filter(is_check)
        .map(|place| {
            let is_named = place > 1 && words[place - 2] == "CONSTRAINT";
            assert!(is_named, "a CHECK has no name: write CONSTRAINT what_is_always_true CHECK (…) in\n{table}");
            words[place - 1].to_owned()
        })
        .collect()
}

#[tokio::test]
async fn every_statement_of_the_store_fits_the_schema() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut connection = filled(&folder.path().join("postern.db")).await?;
    let found = statements::statements(&Path::new(PROJECT).join("src/store/sqlite"))?;
    assert!(
        found.len() > 50,
        "only {} statements were found in src/store/sqlite: they are hidden from this test",
        found.len()
    );
    for found in found {
        let prepared = (&mut connection).prepare(AssertSqlSafe(found.text.clone()).into_sql_str()).await.map(drop);
        assert!(prepared.is_ok(), "{}:{}: {}\n{prepared:?}", found.file, found.line, found.text);
    }
    Ok(())
}

#[test]
fn the_text_of_a_statement_is_never_put_together() -> Result<()> {
    let put_together = statements::put_together(&Path::new(PROJECT).join("src"))?;
    assert!(put_together.is_empty(), "write these statements as static text with `$1`, `$2`: {put_together:?}");
    Ok(())
}

/// Tables with millions of rows; a statement that scans a whole table blocks everything behind it.
const GROWING: &[&str] = &["mail", "recipient", "notification", "delivery", "attempt", "answer"];
/// Indexes for lists. One value of their leading columns may be in most rows, so a search without a
/// time range or a LIMIT reads almost the whole table. Found when an overview took seconds with ten
/// million rows.
const COARSE: &[&str] =
    &["recipient_intent", "recipient_verdict", "delivery_kind", "delivery_class", "delivery_version"];
/// The list of deliveries in a state in which nothing waits. It may scan the table, because an
/// operator rarely asks for it and a reader answers it.
const MAY_READ_ALL: &str =
    "WHERE state IN ('queued', 'sending', 'failed', 'delivered', 'suppressed', 'expired', 'cancelled')";

#[tokio::test]
async fn what_is_due_is_read_in_the_order_of_its_index() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut connection = filled(&folder.path().join("postern.db")).await?;
    let all = statements::statements(&Path::new(PROJECT).join("src/store/sqlite"))?;
    let due =
        all.iter().find(|found| found.text.contains("class = 'paging' AND next_at <= $1")).ok_or("no statement")?;
    let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", due.text));
    let steps: Vec<String> =
        sqlx::query(plan).fetch_all(&mut connection).await?.iter().map(|step| step.get("detail")).collect();
    let reads: Vec<_> = steps.iter().filter(|step| step.contains("delivery")).collect();
    let led = "SEARCH delivery USING COVERING INDEX delivery_turn (class=? AND next_at<?)";
    assert!(reads.len() == Class::ALL.len() && reads.iter().all(|step| *step == led), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "it is sorted: {steps:?}");
    Ok(())
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut connection = filled(&folder.path().join("postern.db")).await?;
    for found in statements::statements(&Path::new(PROJECT).join("src/store/sqlite"))? {
        let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", found.text));
        // BEGIN and the like have no query plan.
        let steps = sqlx::query(plan).fetch_all(&mut connection).await.unwrap_or_default();
        for step in steps {
            let step: String = step.try_get("detail")?;
            let is_whole =
                |table: &&str| step.strip_prefix("SCAN ").is_some_and(|rest| rest.split(' ').next() == Some(*table));
            let reads_all =
                GROWING.iter().any(is_whole) && !step.contains("INDEX") && !found.text.contains(MAY_READ_ALL);
            let reads_a_share =
                COARSE.iter().any(|index| step.contains(&format!("INDEX {index} (")) && !step.contains(" AND "))
                    && !found.text.contains("LIMIT");
            let remedy = "give it an index; a partial one serves only a statement that repeats its WHERE word by word";
            assert!(!reads_all && !reads_a_share, "{}:{}: {step}: {remedy}\n{}", found.file, found.line, found.text);
        }
    }
    Ok(())
}
