//! The same schema tests on PostgreSQL. Tests beside the statements check that each of them is
//! valid.

#[allow(dead_code, reason = "not all of it is needed here")]
#[allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#[path = "../../src/store/postgres/tests/cluster.rs"]
mod cluster;

use crate::rows::{self, POSTGRES};
use crate::{MIGRATIONS, Result, reads_every_sample_row};
use cluster::Database;
use postern::store::postgres::PostgresStore;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
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
