//! The same schema tests on PostgreSQL.

#[allow(dead_code, reason = "not all of it is needed here")]
#[allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#[path = "../../src/store/postgres/tests/cluster.rs"]
mod cluster;

use crate::rows::{self, POSTGRES};
use crate::{MIGRATIONS, PROJECT, Result, reads_every_sample_row, statements};
use cluster::Database;
use postern::store::postgres::PostgresStore;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr};
use std::collections::BTreeSet;
use std::path::Path;

/// A database with all migrations applied, each over the rows of the earlier ones.
async fn filled() -> Result<(Database, PgConnection)> {
    let database = Database::empty().await;
    let mut connection = database.connect().await;
    let migrator = Migrator::new(Path::new(MIGRATIONS).join(POSTGRES)).await?;
    for migration in migrator.iter() {
        migrator.run_to(migration.version, &mut connection).await?;
        let name = format!("{:04}_{}.sql", migration.version, migration.description.replace(' ', "_"));
        sqlx::raw_sql(AssertSqlSafe(rows::read(&name, POSTGRES)?))
            .execute(&mut connection)
            .await
            .map_err(|error| format!("{name}: {error}"))?;
        let empty = empty_tables(&mut connection).await?;
        assert!(
            empty.is_empty(),
            "after {name} these tables have no rows: {empty:?}; add some to fixtures/rows/{name}"
        );
    }
    Ok((database, connection))
}

async fn empty_tables(connection: &mut PgConnection) -> Result<Vec<String>> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^_'")
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

#[tokio::test]
async fn migrations_apply_one_after_another_over_a_filled_database() -> Result<()> {
    filled().await.map(drop)
}

#[tokio::test]
async fn the_program_reads_every_sample_row() -> Result<()> {
    let (database, connection) = filled().await?;
    connection.close().await?;
    // This fails as `Older` if the program was not rebuilt after a migration was added.
    let store = PostgresStore::open(&database.url()).await?;
    reads_every_sample_row(&store).await?;
    store.close().await;
    Ok(())
}

#[tokio::test]
async fn every_check_refuses_a_row_that_breaks_it() -> Result<()> {
    let (_database, mut connection) = filled().await?;
    let checks =
        "SELECT conname::text FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace";
    let checks: Vec<String> = sqlx::query_scalar(checks).fetch_all(&mut connection).await?;
    let refused = rows::refused(POSTGRES)?;
    rows::assert_all_are_tried(&checks.into_iter().collect::<BTreeSet<_>>(), &refused);
    for (check, changes) in refused {
        for change in changes {
            let result = sqlx::raw_sql(AssertSqlSafe(change.clone())).execute(&mut connection).await;
            let said = result.map_err(|error| match error.as_database_error().and_then(|e| e.constraint()) {
                Some(constraint) => constraint.to_owned(),
                None => error.to_string(),
            });
            let broken = said.as_ref().err().map(String::as_str);
            assert_eq!(broken, Some(check.as_str()), "{check} does not refuse {change}: {said:?}");
        }
    }
    Ok(())
}

/// What begins like this has a plan.
const EXPLAINED: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];

/// The list of deliveries in a state nothing waits in: an operator's rare question, asked outside
/// the fence.
const MAY_READ_ALL: &str = "FROM delivery\n  WHERE state = ANY($1) AND";

/// Tables that stay small, or are deleted from by a background job only.
const SMALL: &[&str] = &[
    "mode",
    "node",
    "pause",
    "account",
    "token",
    "_sqlx_migrations",
    "turned",
    "answer",
    "job",
    "delivery_delta",
    "recipient_delta",
];

/// All statements of the room.
fn found() -> Result<Vec<String>> {
    let found = statements::statements(&Path::new(PROJECT).join("src/store/postgres"))?;
    Ok(found.into_iter().map(|found| found.text).collect())
}

fn is_explained(text: &str) -> bool {
    EXPLAINED.iter().any(|verb| text.trim_start().starts_with(verb))
}

#[tokio::test]
async fn every_statement_fits_the_schema() -> Result<()> {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    let found = found()?;
    assert!(found.len() > 60, "only {} statements were found: they are hidden from this test", found.len());
    for text in found {
        let prepared = (&mut connection).prepare(AssertSqlSafe(text.clone()).into_sql_str()).await.map(drop);
        assert!(prepared.is_ok(), "{text}\n{prepared:?}");
    }
    Ok(())
}

/// The plan of a statement whose parameters are not known, when whole tables are read only where
/// nothing else is possible.
async fn plan(connection: &mut PgConnection, text: &str) -> Result<Vec<String>> {
    let parameters = (1..30).rev().find(|number| text.contains(&format!("${number}"))).unwrap_or(0);
    let given = vec!["NULL"; parameters].join(", ");
    let asked = if parameters == 0 { "EXECUTE asked".to_owned() } else { format!("EXECUTE asked({given})") };
    connection.execute(AssertSqlSafe(format!("PREPARE asked AS {text}"))).await?;
    let rows = connection.fetch_all(AssertSqlSafe(format!("EXPLAIN {asked}"))).await?;
    connection.execute("DEALLOCATE asked").await?;
    Ok(rows.iter().map(|row| row.get::<String, _>(0)).collect())
}

#[tokio::test]
async fn what_is_due_is_read_in_the_order_of_its_index() -> Result<()> {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    connection.execute("SET plan_cache_mode = force_generic_plan").await?;
    connection.execute("SET enable_seqscan = off").await?;
    let text = found()?.into_iter().find(|text| text.contains("SELECT due.id")).ok_or("no statement")?;
    let plan = plan(&mut connection, &text).await?.join("\n");
    assert!(plan.contains("using delivery_turn") && !plan.contains("Sort"), "{plan}");
    Ok(())
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() -> Result<()> {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    connection.execute("SET plan_cache_mode = force_generic_plan").await?;
    connection.execute("SET enable_seqscan = off").await?;
    for text in found()?.into_iter().filter(|text| is_explained(text)) {
        let plan = plan(&mut connection, &text).await?;
        let whole = plan.iter().filter_map(|line| line.split("Seq Scan on ").nth(1));
        let grown: Vec<_> = whole.filter(|table| !SMALL.iter().any(|small| table.starts_with(small))).collect();
        assert!(grown.is_empty() || text.contains(MAY_READ_ALL), "{text}\n{}", plan.join("\n"));
    }
    Ok(())
}
