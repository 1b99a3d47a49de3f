//! Facets: links that narrow a list, each with the number of rows that it would show.

use super::moment;
use super::query;
use super::words;
use crate::domain::mode::{State, Version};
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;

/// Choices that are always shown; the others are one click away.
const OPEN: usize = 8;
/// Most choices in all.
const MAX_CHOICES: usize = 60;

/// One way to narrow a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// The heading of the facet.
    pub label: &'static str,
    /// The choices that are always shown.
    pub open: Vec<Choice>,
    /// The other choices.
    pub more: Vec<Choice>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The label of the choice.
    pub label: String,
    /// The number of rows.
    pub count: String,
    /// The link's target: the list with this choice, or without it if it is already chosen.
    pub way: String,
    /// Whether the choice is active.
    pub is_made: bool,
}

/// A value that can be chosen: its spelling in the query, its label, and the number of rows that
/// have it.
pub type Counted = (String, String, i64);

impl Facet {
    /// The choices for the parameter `name`. An active choice stays visible even if no row matches
    /// it.
    #[must_use]
    pub fn of(params: &Params, label: &'static str, name: &str, mut counts: Vec<Counted>) -> Self {
        let made = query::field(params, name);
        if !made.is_empty() && counts.iter().all(|(value, ..)| *value != made) {
            counts.insert(0, (made.clone(), made.clone(), 0));
        }
        let choice = |(value, label, count): Counted| {
            let is_made = value == made;
            let way = query::with(params, name, Some(value.as_str()).filter(|_| !is_made));
            Choice { label, count: words::number(count), way, is_made }
        };
        let mut open: Vec<Choice> = counts.into_iter().take(MAX_CHOICES).map(choice).collect();
        let made_late = open.iter().skip(OPEN).position(|choice| choice.is_made);
        if let Some(place) = made_late {
            let choice = open.remove(OPEN + place);
            open.insert(0, choice);
        }
        let more = open.split_off(open.len().min(OPEN));
        Self { label, open, more }
    }
}

/// Mode versions to choose from, each by the change that made it.
///
/// # Errors
/// 503 without a store.
pub async fn versions(parts: &Parts, counts: Vec<(Version, i64)>) -> Result<Vec<Counted>, Problem> {
    let counts: Vec<(Version, i64)> = counts.into_iter().take(MAX_CHOICES).collect();
    let changes = parts.store.version_changes(counts.iter().map(|(version, _)| *version).collect()).await?;
    let label = |version: Version| {
        let change = changes.iter().find(|change| change.version == version);
        change.map_or_else(
            || format!("version {version}"),
            |change| {
                let state = if change.state == State::On { "on" } else { "off" };
                format!("{state}, {} (version {version})", moment::minute(&change.changed_at))
            },
        )
    };
    Ok(counts.into_iter().map(|(version, count)| (version.to_string(), label(version), count)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_that_is_made_is_always_seen_and_leads_back() {
        let params = |kind: &str| Params { path: "/x".into(), pairs: vec![("kind".into(), kind.into())] };
        let counts: Vec<Counted> = (0..12).map(|n| (format!("k{n}"), format!("Kind {n}"), n)).collect();
        let facet = Facet::of(&params("k11"), "Kind", "kind", counts.clone());
        assert_eq!((facet.open.len(), facet.more.len()), (8, 4));
        assert_eq!((facet.open[0].label.as_str(), facet.open[0].way.as_str()), ("Kind 11", "/x"));
        assert_eq!(facet.open[1].way, "/x?kind=k0");
        let gone = Facet::of(&params("other"), "Kind", "kind", counts);
        assert_eq!((gone.open[0].label.as_str(), gone.open[0].count.as_str()), ("other", "0"));
        assert!(gone.open[0].is_made);
    }
}
