//! The table of kinds: the built-in `config/kinds.toml`, extended by the operator's own table.
//!
//! The operator's table is the file `kinds.toml` beside the configuration file in use
//! (`config/kinds.toml` when there is none). An entry with the name of a built-in kind changes the
//! members that it gives; any other entry is a new kind.

use super::Config;
use super::error::{ConfigError, Fault, Origin};
use super::locate::DEFAULT_FILE;
use crate::domain::notification::{Class, KIND_NAME_RULE, Kind, KindTable, is_kind_name};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const BUILT_IN: &str = include_str!("../../../config/kinds.toml");

/// The file as written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    kind: Vec<toml::Spanned<Entry>>,
}

/// One `[[kind]]` entry; its required members depend on whether its name is built in.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: Option<String>,
    class: Option<Class>,
    why: Option<String>,
    aliases: Option<Vec<String>>,
}

/// The path of the operator's own table.
#[must_use]
pub fn kinds_file(config: &Config) -> PathBuf {
    config.place.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE)).with_file_name("kinds.toml")
}

/// Loads the table of kinds for `config`.
///
/// # Errors
/// When the operator's file cannot be read, is malformed, or contradicts itself or the built-in
/// table.
pub fn load_kinds(config: &Config) -> Result<KindTable, ConfigError> {
    read_kinds(config).map(|(table, _)| table)
}

/// The same, with the SHA-256 of the operator's file, if there is one.
///
/// # Errors
/// As [`load_kinds`].
pub fn read_kinds(config: &Config) -> Result<(KindTable, Option<[u8; 32]>), ConfigError> {
    let beside = kinds_file(config);
    let own = match std::fs::read_to_string(&beside) {
        Ok(text) => Some(text),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => None,
        Err(error) => {
            let fault = Fault::new(format!("cannot be read: {error}"), "Correct the file's rights, or take it away");
            return Err(fault.at(Origin::file(&beside), "the table of kinds"));
        }
    };
    let table = build(own.as_deref().map(|text| (text, beside.as_path())))?;
    Ok((table, own.map(|text| Sha256::digest(text.as_bytes()).into())))
}

/// The names of the built-in kinds, as suggestions.
#[must_use]
pub fn built_in_names() -> Vec<String> {
    build(None).map(|table| table.list().iter().map(|kind| kind.name.clone()).collect()).unwrap_or_default()
}

fn build(own: Option<(&str, &Path)>) -> Result<KindTable, ConfigError> {
    let mut kinds = Vec::new();
    extend(&mut kinds, BUILT_IN, |_| Origin::BuiltIn)?;
    if let Some((text, path)) = own.filter(|(text, _)| *text != BUILT_IN) {
        extend(&mut kinds, text, |line| Origin::File { path: path.to_owned(), line: Some(line) })?;
    }
    let origin = own.map_or(Origin::BuiltIn, |(_, path)| Origin::file(path));
    KindTable::new(kinds).map_err(|twice| {
        let remedy = "Give each name and alias to one kind only; to change a kind, write an entry with its own name";
        Fault::new("belongs to two kinds", remedy).at(origin, &format!("`{}`", twice.0))
    })
}

/// Adds the kinds in `text`, or changes existing ones.
fn extend(kinds: &mut Vec<Kind>, text: &str, origin: impl Fn(usize) -> Origin) -> Result<(), ConfigError> {
    let origin_at = |at: usize| origin(text.bytes().take(at).filter(|b| *b == b'\n').count() + 1);
    let table: Table = toml::from_str(text).map_err(|error| {
        let problem = format!("is wrong: {}", crate::domain::failure::one_line(error.message()));
        let remedy = "Write [[kind]] with name, title, class, why and aliases, as `postern kinds list` shows them";
        Fault::new(problem, remedy).at(origin_at(error.span().map_or(0, |span| span.start)), "the table of kinds")
    })?;
    let mut seen = std::collections::BTreeSet::new();
    for entry in table.kind {
        let place = origin_at(entry.span().start);
        let entry = entry.into_inner();
        let name = format!("kind `{}`", crate::domain::failure::one_line(&entry.name));
        if !seen.insert(entry.name.clone()) {
            return Err(Fault::new("stands in this file twice", "Take one of the two out").at(place, &name));
        }
        add(kinds, entry).map_err(|fault| fault.at(place, &name))?;
    }
    Ok(())
}

fn add(kinds: &mut Vec<Kind>, entry: Entry) -> Result<(), Fault> {
    for name in std::iter::once(&entry.name).chain(entry.aliases.iter().flatten()) {
        if !is_kind_name(name) {
            return Err(Fault::new("has a name or alias that cannot be one", format!("Write {KIND_NAME_RULE}")));
        }
    }
    if entry.class == Some(Class::Unclassified) {
        return Err(Fault::new("is declared unclassified", "Give it the class it has, or do not declare it"));
    }
    if let Some(known) = kinds.iter_mut().find(|kind| kind.name == entry.name) {
        known.title = entry.title.unwrap_or_else(|| known.title.clone());
        known.class = entry.class.unwrap_or(known.class);
        known.why = entry.why.unwrap_or_else(|| known.why.clone());
        known.aliases = entry.aliases.unwrap_or_else(|| known.aliases.clone());
        return Ok(());
    }
    let (Some(title), Some(class), Some(why)) = (entry.title, entry.class, entry.why) else {
        let remedy = "Write all three; only an entry with a built-in kind's name can leave members out";
        return Err(Fault::new("is new and lacks title, class or why", remedy));
    };
    kinds.push(Kind { name: entry.name, title, class, why, aliases: entry.aliases.unwrap_or_default() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Result<KindTable, String> {
        build(Some((text, Path::new("conf/kinds.toml")))).map_err(|error| error.to_string())
    }

    #[test]
    fn the_kinds_that_the_contract_names_have_its_classes() {
        let table = build(None).unwrap();
        for (class, names) in [
            (Class::Ordinary, &["new_note", "pipeline_failed", "unknown_sign_in_email", "sign_in_code"][..]),
            (Class::WriteDependent, &["reset_password_instructions", "confirmation_instructions"]),
            (Class::WriteDependent, &["unlock_instructions", "invitations", "members_invite_reminder"]),
            (Class::Paging, &["prometheus_alert_fired", "incident_escalation_fired"]),
            (Class::System, &["test_email", "postern_notice"]),
        ] {
            for name in names {
                assert_eq!(table.find(name).map(|kind| kind.class), Some(class), "{name}");
            }
        }
    }

    #[test]
    fn every_action_name_of_the_forge_resolves_to_its_class() {
        let table = build(None).unwrap();
        let lines = include_str!("../../../fixtures/kinds/actions.txt").lines().filter(|line| !line.starts_with('#'));
        let expected: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
        assert!(expected.len() > 150, "the list of action names is cut short");
        let found = |name| table.find(name).map_or("undeclared", |kind| kind.class.as_str());
        let wrong: Vec<_> = expected.iter().filter(|(class, name)| found(name) != *class).collect();
        assert!(wrong.is_empty(), "not of the class they should have: {wrong:?}");
    }

    #[test]
    fn every_built_in_kind_says_why_in_one_sentence() {
        for kind in build(None).unwrap().list() {
            assert!(kind.why.ends_with('.') && kind.why.matches(". ").count() == 0, "{}: {}", kind.name, kind.why);
            assert!(!kind.title.is_empty() && kind.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }

    #[test]
    fn the_operators_table_changes_a_kind_and_adds_one() {
        let table = own("[[kind]]\nname = \"new_note\"\nclass = \"paging\"\n\n[[kind]]\nname = \"lunch\"\n\
             title = \"Lunch is ready\"\nclass = \"ordinary\"\nwhy = \"It is news.\"\naliases = [\"dinner\"]\n")
        .unwrap();
        let note = table.find("note_issue_email").unwrap();
        assert_eq!((note.name.as_str(), note.class, note.title.as_str()), ("new_note", Class::Paging, "New comment"));
        assert_eq!(table.find("dinner").unwrap().title, "Lunch is ready");
    }

    #[test]
    fn a_copy_of_the_built_in_table_changes_nothing() {
        assert_eq!(own(BUILT_IN).unwrap().list(), build(None).unwrap().list());
    }

    #[test]
    fn mistakes_name_file_line_kind_and_remedy() {
        let mistakes = [
            "[[kind]]\nname = \"lunch\"\nclass = \"ordinary\"\n",
            "[[kind]]\nname = \"new_note\"\nclass = \"urgent\"\n",
            "[[kind]]\nname = \"new_note\"\nclas = \"paging\"\n",
            "[[kind]]\nname = \"new_note\"\nclass = \"unclassified\"\n",
            "[[kind]]\nname = \"new note\"\n",
            "\n\n[[kind]]\nname = \"new_note\"\n[[kind]]\nname = \"new_note\"\n",
            "[[kind]]\nname = \"new_issue\"\naliases = [\"note_issue_email\"]\n",
            "[[kind]\n",
        ];
        let said: Vec<String> = mistakes.iter().map(|text| own(text).unwrap_err()).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        conf/kinds.toml, line 1: kind `lunch` is new and lacks title, class or why. Write all three; only an entry with a built-in kind's name can leave members out.
        conf/kinds.toml, line 3: the table of kinds is wrong: `urgent` is not one of: ordinary, write_dependent, paging, system, unclassified. Write [[kind]] with name, title, class, why and aliases, as `postern kinds list` shows them.
        conf/kinds.toml, line 3: the table of kinds is wrong: unknown field `clas`, expected one of `name`, `title`, `class`, `why`, `aliases`. Write [[kind]] with name, title, class, why and aliases, as `postern kinds list` shows them.
        conf/kinds.toml, line 1: kind `new_note` is declared unclassified. Give it the class it has, or do not declare it.
        conf/kinds.toml, line 1: kind `new note` has a name or alias that cannot be one. Write 1 to 100 letters, digits or any of _ - . : # /.
        conf/kinds.toml, line 5: kind `new_note` stands in this file twice. Take one of the two out.
        conf/kinds.toml: `note_issue_email` belongs to two kinds. Give each name and alias to one kind only; to change a kind, write an entry with its own name.
        conf/kinds.toml, line 1: the table of kinds is wrong: unclosed array table, expected `]`. Write [[kind]] with name, title, class, why and aliases, as `postern kinds list` shows them.
        "#);
    }
}
