//! Every statement of this room fits the schema, and none that can grow reads a whole table.

use super::cluster::Database;
use proc_macro2::{TokenStream, TokenTree};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row, SqlSafeStr};
use std::path::Path;
use syn::Lit;

/// What is prepared, and what is explained besides.
const VERBS: &[(&str, bool)] = &[
    ("SELECT", true),
    ("INSERT", true),
    ("UPDATE", true),
    ("DELETE", true),
    ("WITH", true),
    ("BEGIN", false),
    ("COMMIT", false),
    ("ROLLBACK", false),
    ("LOCK", false),
    ("VACUUM", false),
];

/// The list of deliveries in a state nothing waits in: an operator's rare question, asked outside the fence.
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

fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    for token in tokens {
        match token {
            // A line of documentation is a text too, and may begin with a verb.
            TokenTree::Group(group) if group.stream().to_string().starts_with("doc =") => {}
            TokenTree::Group(group) => collect(group.stream(), texts),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    texts.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// All statements of this room, tests aside, and whether each can be explained.
fn statements() -> Vec<(String, bool)> {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/postgres");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(room).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            collect(std::fs::read_to_string(&path).unwrap().parse().unwrap(), &mut texts);
        }
    }
    let verb = |text: &str| {
        let first = text.split_whitespace().next().unwrap_or_default().to_owned();
        VERBS.iter().find(|(verb, _)| *verb == first).map(|(_, explained)| *explained)
    };
    texts.into_iter().filter_map(|text| verb(&text).map(|explained| (text, explained))).collect()
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    let found = statements();
    assert!(found.len() > 60, "only {} statements were found: they are hidden from this test", found.len());
    for (text, _) in found {
        let prepared = (&mut connection).prepare(AssertSqlSafe(text.clone()).into_sql_str()).await.map(drop);
        assert!(prepared.is_ok(), "{text}\n{prepared:?}");
    }
}

/// The plan of a statement whose parameters are not known, when whole tables are read only where nothing else is possible.
async fn plan(connection: &mut PgConnection, text: &str) -> Vec<String> {
    let parameters = (1..30).rev().find(|number| text.contains(&format!("${number}"))).unwrap_or(0);
    let given = vec!["NULL"; parameters].join(", ");
    let asked = if parameters == 0 { "EXECUTE asked".to_owned() } else { format!("EXECUTE asked({given})") };
    connection.execute(AssertSqlSafe(format!("PREPARE asked AS {text}"))).await.expect(text);
    let rows = connection.fetch_all(AssertSqlSafe(format!("EXPLAIN {asked}"))).await.expect(text);
    connection.execute("DEALLOCATE asked").await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

#[tokio::test]
async fn what_is_due_is_read_in_the_order_of_its_index() {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    connection.execute("SET enable_seqscan = off").await.unwrap();
    let (text, _) = statements().into_iter().find(|(text, _)| text.contains("SELECT due.id")).expect("the statement");
    let plan = plan(&mut connection, &text).await.join("\n");
    assert!(plan.contains("using delivery_turn") && !plan.contains("Sort"), "{plan}");
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let database = Database::migrated().await;
    let mut connection = database.connect().await;
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    connection.execute("SET enable_seqscan = off").await.unwrap();
    for (text, _) in statements().into_iter().filter(|(_, explained)| *explained) {
        let plan = plan(&mut connection, &text).await;
        let whole = plan.iter().filter_map(|line| line.split("Seq Scan on ").nth(1));
        let grown: Vec<_> = whole.filter(|table| !SMALL.iter().any(|small| table.starts_with(small))).collect();
        assert!(grown.is_empty() || text.contains(MAY_READ_ALL), "{text}\n{}", plan.join("\n"));
    }
}
