//! Programs and schemas of different versions.

use crate::harness::gateway::Gateway;
use crate::harness::shared::Shared;

/// Asserts that every command that opens a store exits with 2 and this message.
fn all_are_refused(gateway: &Gateway, commands: &[&[&str]], words: &[&str]) {
    for command in commands {
        let answer = gateway.console(command);
        assert_eq!(answer.code, 2, "{command:?}: {answer:?}");
        assert!(words.iter().all(|word| answer.err.contains(word)) && answer.out.is_empty(), "{command:?}: {answer:?}");
    }
}

fn a_newer_schema_is_refused(shared: &Shared) {
    let gateway = shared.gateway(&[]);
    gateway.console(&["migrate"]).well();
    gateway.console(&["maintenance", "on"]).well();
    shared.change(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    );
    let commands: [&[&str]; 4] = [&["serve"], &["serve", "--only", "smtp"], &["migrate"], &["maintenance", "off"]];
    all_are_refused(&gateway, &commands, &["made by a newer Postern (schema 9999)", "use that version"]);
    assert_eq!(shared.number("SELECT version FROM mode"), Some(2), "the newer one's mode was changed");
}

#[test]
fn on_sqlite_a_node_is_refused_by_a_newer_schema() {
    a_newer_schema_is_refused(&Shared::sqlite());
}

#[test]
fn on_postgres_a_node_is_refused_by_a_newer_schema() {
    a_newer_schema_is_refused(&Shared::postgres());
}

#[test]
fn on_postgres_only_migrate_makes_the_schema_and_everybody_says_so() {
    let shared = Shared::empty_postgres();
    let mut gateway = shared.gateway(&[]);
    let commands: [&[&str]; 3] = [&["serve"], &["maintenance", "on"], &["queue", "list"]];
    all_are_refused(&gateway, &commands, &["there is no store in postgres://", "run `postern migrate` once"]);
    gateway.console(&["migrate"]).well();
    gateway.begin();
    gateway.stop();
    shared.change("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)");
    all_are_refused(&gateway, &commands, &["has an older schema", "run `postern migrate`"]);
}
