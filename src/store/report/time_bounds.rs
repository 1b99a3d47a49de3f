//! Narrowing a filter to the stretch of time in which it finds anything, so that a list does not
//! walk through what others fill.

use super::summary::{beginning, hour_of};
use crate::domain::mail::MailState;
use crate::domain::mode::Version;
use crate::store::desk::{IncomingFilter, Page, SuppressedFilter};
use jiff::{SignedDuration, Timestamp};

/// A range of time, `[since, until)`; a missing end is open.
type Range = (Option<Timestamp>, Option<Timestamp>);

/// The hours a page may show, the first and the last.
fn hours((since, until): Range, page: &Page) -> (i64, i64) {
    let end = page.after.map(|(time, _)| time).into_iter().chain(until).min();
    (since.map_or(i64::MIN, hour_of), end.map_or(i64::MAX, hour_of))
}

/// The part of a range from `first` to `last`, both included.
fn within((since, until): Range, first: Timestamp, last: Timestamp) -> Range {
    let after = last.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
    (since.into_iter().chain([first]).max(), until.into_iter().chain([after]).min())
}

/// When an hour ends: its last microsecond.
fn end(hour: i64) -> Timestamp {
    beginning(hour.saturating_add(1)).saturating_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN)
}

/// The two ends of a range of versions, as bound.
fn versions(asked: Option<(Version, Version)>) -> (i64, i64) {
    let (first, last) = asked.unwrap_or((Version::NONE, Version::MAX));
    (first.0, last.0)
}

impl SuppressedFilter {
    /// The mode versions it takes, both included.
    pub(in crate::store) fn versions(&self) -> (i64, i64) {
        versions(self.mode_versions)
    }

    /// The hours a page may show, the first and the last.
    pub(in crate::store) fn hours(&self, page: &Page) -> (i64, i64) {
        hours((self.since, self.until), page)
    }

    /// Itself between the beginning of one hour and the end of another; `None` when there are none.
    pub(in crate::store) fn within_hours(self, first: Option<i64>, last: Option<i64>) -> Option<Self> {
        self.within(first.map(beginning), last.map(end))
    }

    /// Itself between two times, both included; `None` when there are none.
    pub(in crate::store) fn within(self, first: Option<Timestamp>, last: Option<Timestamp>) -> Option<Self> {
        let (since, until) = within((self.since, self.until), first?, last?);
        Some(Self { since, until, ..self })
    }
}

impl IncomingFilter {
    /// The mode versions it takes, both included.
    pub(in crate::store) fn versions(&self) -> (i64, i64) {
        versions(self.mode_versions)
    }

    /// The hours a page may show, the first and the last.
    pub(in crate::store) fn hours(&self, page: &Page) -> (i64, i64) {
        hours((self.since, self.until), page)
    }

    /// Itself between the beginning of one hour and the end of another; `None` when there are none.
    pub(in crate::store) fn within_hours(self, first: Option<i64>, last: Option<i64>) -> Option<Self> {
        let (since, until) = within((self.since, self.until), beginning(first?), end(last?));
        Some(Self { since, until, ..self })
    }

    /// The state its rows are counted under: what is being handed over counts as waiting.
    pub(in crate::store) fn counted_state(&self) -> Option<MailState> {
        match self.state {
            Some(MailState::HandingOver) => Some(MailState::Waiting),
            state => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_filter_is_narrowed_to_whole_hours_and_never_widened() {
        let open = IncomingFilter::default();
        let hour = hour_of(time("2030-01-01T12:30:00Z"));
        let narrowed = open.clone().within_hours(Some(hour), Some(hour)).unwrap();
        assert_eq!(narrowed.since, Some(time("2030-01-01T12:00:00Z")));
        assert_eq!(narrowed.until, Some(time("2030-01-01T13:00:00Z")));
        let asked = IncomingFilter { since: Some(time("2030-01-01T12:10:00Z")), until: narrowed.until, ..open };
        assert_eq!(asked.clone().within_hours(Some(hour - 5), Some(hour + 5)), Some(asked.clone()));
        assert_eq!(asked.within_hours(None, None), None);
    }

    #[test]
    fn a_page_looks_no_later_than_where_it_goes_on() {
        let after = Some((time("2030-01-01T12:30:00Z"), crate::domain::id::AnyId::mint(Timestamp::UNIX_EPOCH)));
        let filter = SuppressedFilter { until: Some(time("2030-01-02T00:00:00Z")), ..Default::default() };
        let noon = hour_of(time("2030-01-01T12:00:00Z"));
        assert_eq!(filter.hours(&Page { limit: 1, after }), (i64::MIN, noon));
        assert_eq!(filter.hours(&Page { limit: 1, after: None }), (i64::MIN, noon + 12));
    }
}
