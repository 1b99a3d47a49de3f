//! Maps a name to a kind, treats undeclared names by the operator's setting, and counts them.

use super::request::Rejection;
use crate::domain::notification::{Class, KIND_NAME_RULE, KindTable, is_kind_name};
use crate::policy::rules::UnknownKind;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most undeclared names counted separately: an application that makes up names must not fill the
/// memory or the metrics.
const MAX_NAMES: usize = 20;
/// The name under which all further names are counted.
const OTHER: &str = "other";

/// The result of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The kind's own name, or the undeclared name as given.
    pub kind: String,
    /// The title that people read in reports.
    pub title: String,
    /// How maintenance treats it.
    pub class: Class,
    /// A warning for the application when the name is not declared.
    pub warning: Option<String>,
}

/// Looks up the name of a kind.
///
/// # Errors
/// 422 for a name that no kind can have, and for an undeclared one when the setting rejects these.
pub fn classify(kinds: &KindTable, unknown: UnknownKind, name: &str) -> Result<Classified, Rejection> {
    if let Some(kind) = kinds.find(name) {
        let (kind, title, class) = (kind.name.clone(), kind.title.clone(), kind.class);
        return Ok(Classified { kind, title, class, warning: None });
    }
    if !is_kind_name(name) {
        return Err(Rejection::field("kind", format!("is no name of a kind: write {KIND_NAME_RULE}")));
    }
    let nearest = kinds.nearest(name).join(", ");
    let fate = match unknown {
        UnknownKind::Reject => {
            return Err(Rejection::field("kind", format!("no such kind is declared; the nearest are: {nearest}")));
        }
        UnknownKind::Wait => "it waits while maintenance mode is on",
        UnknownKind::Suppress => "it is suppressed while maintenance mode is on",
        UnknownKind::Send => "it goes out while maintenance mode is on, even if its use is a write",
    };
    let warning =
        format!("the kind `{name}` is not declared, so {fate}: declare it in kinds.toml (nearest: {nearest})");
    let name = name.to_owned();
    Ok(Classified { kind: name.clone(), title: name, class: Class::Unclassified, warning: Some(warning) })
}

/// The undeclared names that this process has accepted since it started, with the number of
/// notifications each.
#[derive(Debug, Default)]
pub struct SeenNames(Mutex<BTreeMap<String, u64>>);

impl SeenNames {
    /// Counts one notification of an undeclared kind.
    pub fn note(&self, name: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = seen.len() < MAX_NAMES || seen.contains_key(name);
        let name = if has_room { name } else { OTHER };
        *seen.entry(name.to_owned()).or_default() += 1;
        metrics::counter!("postern_unknown_kinds_total", "kind" => name.to_owned()).increment(1);
    }

    /// The names in alphabetical order, with their counts.
    #[must_use]
    pub fn list(&self) -> Vec<(String, u64)> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|(name, number)| (name.clone(), *number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notification::Kind;

    fn kinds() -> KindTable {
        let kind = |name: &str| Kind {
            name: name.into(),
            title: "T".into(),
            class: Class::Ordinary,
            why: "It is news.".into(),
            aliases: Vec::new(),
        };
        KindTable::new(vec![kind("new_note"), kind("new_issue")]).unwrap()
    }

    #[test]
    fn an_undeclared_name_is_warned_of_with_what_the_setting_does_to_it() {
        for (unknown, words) in [
            (UnknownKind::Wait, "it waits while"),
            (UnknownKind::Suppress, "it is suppressed while"),
            (UnknownKind::Send, "it goes out while"),
        ] {
            let read = classify(&kinds(), unknown, "new_not").unwrap();
            let warning = read.warning.unwrap();
            assert_eq!((read.class, read.kind.as_str()), (Class::Unclassified, "new_not"));
            assert!(warning.contains(words) && warning.contains("nearest: new_note"), "{warning}");
        }
        let refused = classify(&kinds(), UnknownKind::Reject, "new_not").unwrap_err();
        assert_eq!(refused.text(), "kind: no such kind is declared; the nearest are: new_note, new_issue");
        assert!(classify(&kinds(), UnknownKind::Reject, "new_note").is_ok());
    }

    #[test]
    fn a_name_with_forbidden_characters_is_refused_with_the_rule_under_every_setting() {
        for unknown in UnknownKind::ALL {
            for name in ["", "two words", "caf\u{e9}", &"x".repeat(101)] {
                let refused = classify(&kinds(), *unknown, name).unwrap_err();
                assert!(refused.text().ends_with("write 1 to 100 letters, digits or any of _ - . : # /"), "{name}");
            }
        }
        assert!(classify(&kinds(), UnknownKind::Wait, "Notify#my-own.kind").is_ok());
    }

    #[test]
    fn names_beyond_a_bound_are_counted_together() {
        let seen = SeenNames::default();
        for place in 0..100 {
            seen.note(&format!("kind_{place:03}"));
            seen.note("kind_000");
        }
        let list = seen.list();
        assert_eq!(list.len(), MAX_NAMES + 1);
        assert!(list.contains(&("kind_000".into(), 101)) && list.contains(&(OTHER.into(), 80)), "{list:?}");
    }
}
