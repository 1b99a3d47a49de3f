//! Facets: what a report can be filtered by further, with how many rows each choice would show.
//!
//! A facet leaves its own filter out and keeps all others, so that the other choices do not vanish
//! once one is made. Counts under the whole filter are the same question with [`Choice::Made`].

use super::summary::{IncomingKey, SuppressedKey, Tally};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::store::desk::{IncomingFilter, SuppressedFilter};
use std::cmp::Reverse;

/// Does what was chosen in a facet count for that facet itself?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// No: the counts of all choices there are.
    Open,
    /// Yes: the counts of what is shown.
    Made,
}

/// The facets of the report on what was suppressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressedFacets {
    /// Kinds, the most first.
    pub kinds: Vec<(String, i64)>,
    /// Classes, the most first.
    pub classes: Vec<(Class, i64)>,
    /// Mode versions, the newest first.
    pub mode_versions: Vec<(Version, i64)>,
}

/// The facets of the report on incoming mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingFacets {
    /// Intents, the most first.
    pub intents: Vec<(Intent, i64)>,
    /// Verdicts, the most first.
    pub verdicts: Vec<(Verdict, i64)>,
    /// States, the most first.
    pub states: Vec<(MailState, i64)>,
    /// Mode versions, the newest first.
    pub mode_versions: Vec<(Version, i64)>,
}

impl Tally<SuppressedKey> {
    /// The facets under `filter`, which must be the one it was counted with.
    #[must_use]
    pub fn facets(&self, filter: &SuppressedFilter, choice: Choice) -> SuppressedFacets {
        let open = |open: SuppressedFilter| if choice == Choice::Open { open } else { filter.clone() };
        let kinds = open(SuppressedFilter { kind: None, ..filter.clone() });
        let classes = open(SuppressedFilter { class: None, ..filter.clone() });
        let versions = open(SuppressedFilter { mode_versions: None, ..filter.clone() });
        SuppressedFacets {
            kinds: self.by(|key| kinds.takes(key), |key| key.kind.clone()),
            classes: self.by(|key| classes.takes(key), |key| key.class),
            mode_versions: newest_first(self.by(|key| versions.takes(key), |key| key.mode_version)),
        }
    }
}

impl Tally<IncomingKey> {
    /// The facets under `filter`, which must be the one it was counted with.
    #[must_use]
    pub fn facets(&self, filter: &IncomingFilter, choice: Choice) -> IncomingFacets {
        let open = |open: IncomingFilter| if choice == Choice::Open { open } else { filter.clone() };
        let intents = open(IncomingFilter { intent: None, ..filter.clone() });
        let verdicts = open(IncomingFilter { verdict: None, ..filter.clone() });
        let states = open(IncomingFilter { state: None, ..filter.clone() });
        let versions = open(IncomingFilter { mode_versions: None, ..filter.clone() });
        IncomingFacets {
            intents: self.by(|key| intents.takes(key), |key| key.intent),
            verdicts: self.by(|key| verdicts.takes(key), |key| key.verdict),
            states: self.by(|key| states.takes(key), |key| key.state),
            mode_versions: newest_first(self.by(|key| versions.takes(key), |key| key.mode_version)),
        }
    }
}

fn newest_first(mut versions: Vec<(Version, i64)>) -> Vec<(Version, i64)> {
    versions.sort_by_key(|(version, _)| Reverse(*version));
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_leaves_the_other_choices_of_its_facet_to_be_seen() {
        let key = |kind: &str, class, mode_version| SuppressedKey { kind: kind.into(), class, mode_version };
        let keys = vec![
            (key("alert", Class::Paging, Version(2)), 3),
            (key("reset", Class::WriteDependent, Version(2)), 5),
            (key("reset", Class::WriteDependent, Version(4)), 1),
        ];
        let tally = Tally { keys, hours: Vec::new(), is_complete: true };
        let filter = SuppressedFilter { class: Some(Class::Paging), ..Default::default() };
        let open = tally.facets(&filter, Choice::Open);
        assert_eq!(open.classes, [(Class::WriteDependent, 6), (Class::Paging, 3)]);
        assert_eq!((open.kinds, open.mode_versions), (vec![("alert".to_owned(), 3)], vec![(Version(2), 3)]));
        let made = tally.facets(&filter, Choice::Made);
        assert_eq!(made.classes, [(Class::Paging, 3)]);
        let all = tally.facets(&SuppressedFilter::default(), Choice::Made);
        assert_eq!(all.mode_versions, [(Version(4), 1), (Version(2), 8)]);
    }
}
