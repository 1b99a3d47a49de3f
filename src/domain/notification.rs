//! Outgoing mail: a notification, its deliveries, and the classes that decide what maintenance does
//! to them.

use super::spelling::spelled;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

spelled! {
    /// How maintenance treats a kind of notification.
    pub enum Class {
        /// News; sent during maintenance too.
        Ordinary = "ordinary",
        /// Its only use is a link or code that writes, so it is useless and misleading during
        /// maintenance.
        WriteDependent = "write_dependent",
        /// Pages a person about an alert; alerts are paused during maintenance.
        Paging = "paging",
        /// From the system to its administrators.
        System = "system",
        /// A kind that is not declared.
        Unclassified = "unclassified",
    }
}

spelled! {
    /// The state of one delivery.
    pub enum DeliveryState {
        /// Waiting to be sent when due.
        Queued = "queued",
        /// Leased to a worker that is sending it.
        Sending = "sending",
        /// The relay has accepted it.
        Delivered = "delivered",
        /// The mode held it back; it is listed in the report.
        Suppressed = "suppressed",
        /// The relay refused it permanently.
        Failed = "failed",
        /// Its time ran out before it could be sent.
        Expired = "expired",
        /// An operator cancelled it.
        Cancelled = "cancelled",
    }
}

spelled! {
    /// The outcome of one attempt.
    pub enum AttemptOutcome {
        /// It succeeded.
        Ok = "ok",
        /// A temporary refusal.
        Temporary = "temporary",
        /// A permanent refusal.
        Permanent = "permanent",
        /// The peer may have it: the connection was lost after the message was sent and before the
        /// reply.
        Unknown = "unknown",
    }
}

/// Longest name of a kind, in characters.
const MAX_KIND_NAME: usize = 100;
/// The rule of [`is_kind_name`], in words.
pub const KIND_NAME_RULE: &str = "1 to 100 letters, digits or any of _ - . : # /";

/// Whether `name` is allowed as a kind's name, declared or not.
#[must_use]
pub fn is_kind_name(name: &str) -> bool {
    (1..=MAX_KIND_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:#/".contains(&byte))
}

/// A kind of notification: its name, its class, and the reason for that class.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The name that the application uses.
    pub name: String,
    /// The name that people read in reports.
    pub title: String,
    /// What maintenance does to it.
    pub class: Class,
    /// Why it is in that class, one sentence.
    pub why: String,
    /// Other names for the same kind (the forge's own action names).
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Every declared kind, found by name or alias. Clones share one table, which can be replaced while
/// in use.
#[derive(Debug, Clone, Default)]
pub struct KindTable(Arc<RwLock<Kinds>>);

/// The content of the table.
#[derive(Debug, Clone, Default)]
struct Kinds {
    kinds: Vec<Arc<Kind>>,
    names: BTreeMap<String, usize>,
}

/// A name or alias that belongs to two kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kind name `{0}` is declared twice: give each name and alias to one kind only")]
pub struct KindDeclaredTwice(pub String);

impl KindTable {
    /// Builds the table from the declared kinds.
    ///
    /// # Errors
    /// When a name or alias belongs to two kinds.
    pub fn new(kinds: Vec<Kind>) -> Result<Self, KindDeclaredTwice> {
        let mut names = BTreeMap::new();
        for (place, kind) in kinds.iter().enumerate() {
            for name in std::iter::once(&kind.name).chain(&kind.aliases) {
                if names.insert(name.clone(), place).is_some() {
                    return Err(KindDeclaredTwice(name.clone()));
                }
            }
        }
        let kinds = kinds.into_iter().map(Arc::new).collect();
        Ok(Self(Arc::new(RwLock::new(Kinds { kinds, names }))))
    }

    /// The kind called `name`, by its own name or an alias.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<Kind>> {
        let table = self.read();
        table.names.get(name).and_then(|place| table.kinds.get(*place)).cloned()
    }

    /// All kinds, in the order of declaration.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Kind>> {
        self.read().kinds.clone()
    }

    /// Replaces the content with that of `other`, for all clones of this table.
    pub fn replace(&self, other: &Self) {
        let kinds = other.read().clone();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = kinds;
    }

    fn read(&self) -> RwLockReadGuard<'_, Kinds> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to three declared names nearest to a misspelled one.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Vec<String> {
        // Truncated once, not for each known name: declared names are short, input may not be.
        let name: String = name.chars().take(COMPARED).collect();
        let table = self.read();
        let mut ranked: Vec<(usize, &String)> =
            table.names.keys().map(|known| (farness(&name, known), known)).collect();
        ranked.sort_unstable();
        ranked.into_iter().take(3).map(|(_, known)| known.clone()).collect()
    }
}

/// The distance from a misspelled name to a known one; a truncated name counts as near to the full
/// name.
fn farness(name: &str, known: &str) -> usize {
    let start: String = known.chars().take(name.chars().count()).collect();
    distance(name, known).min(distance(name, &start) + 1)
}

/// Characters of a name that are compared.
const COMPARED: usize = 64;

/// Edit distance (Levenshtein) over the first characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(COMPARED).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, aliases: &[&str]) -> Kind {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Kind { name: name.into(), title: name.into(), class: Class::Ordinary, why: "news".into(), aliases }
    }

    #[test]
    fn a_kind_is_found_by_its_alias() {
        let table = KindTable::new(vec![kind("unknown_sign_in", &["unknown_sign_in_email"])]).unwrap();
        assert_eq!(
            table.find("unknown_sign_in_email").map(|kind| kind.name.clone()).as_deref(),
            Some("unknown_sign_in")
        );
        assert_eq!(table.find("Unknown_sign_in"), None);
    }

    #[test]
    fn a_table_that_is_replaced_is_replaced_in_its_clones() {
        let table = KindTable::new(vec![kind("old", &[])]).unwrap();
        let clone = table.clone();
        table.replace(&KindTable::new(vec![kind("new", &[])]).unwrap());
        assert!(clone.find("old").is_none() && clone.find("new").is_some());
    }

    #[test]
    fn a_name_given_to_two_kinds_is_refused() {
        assert_eq!(KindTable::new(vec![kind("a", &["b"]), kind("b", &[])]).unwrap_err(), KindDeclaredTwice("b".into()));
    }

    #[test]
    fn the_nearest_names_come_first() {
        let table =
            KindTable::new(vec![kind("new_note", &[]), kind("reset_password", &[]), kind("new_issue", &[])]).unwrap();
        assert_eq!(table.nearest("new_not")[0], "new_note");
        assert_eq!(table.nearest("reset_pasw")[0], "reset_password");
        assert_eq!(table.nearest("res")[0], "reset_password");
    }
}
