//! How many: the counts of the reports, exact, and without reading the rows.
//!
//! The database keeps a summary by hour with every change of a row by any client (triggers,
//! `migrations/…/0008_summary.sql`): on SQLite on the spot, on PostgreSQL as deltas that
//! [`fold`](SummaryStore::fold_summary) adds up later. A count reads the summary and what is not
//! folded yet, in one statement, so it agrees with the rows at one moment; retention takes rows and
//! counts away together.
//!
//! A range of time that does not begin and end with an hour is counted exactly too: whole hours
//! from the summary, the rest (less than an hour at each end) row by row. A recipient's rows are
//! counted along their index, the newest [`COUNTED`] of them; so are those of a sender, a mail or
//! an address as shown.

use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{State, Version};
use crate::domain::notification::{Class, DeliveryState};
use crate::store::desk::{IncomingFilter, IncomingMail, SuppressedFilter};
use crate::store::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Microseconds in an hour, as stored times are divided.
const HOUR: i64 = 3_600_000_000;

/// So many rows of one recipient are counted, the newest. One address may get every alert there is,
/// and no summary tells recipients apart: this bounds what its counts cost.
pub const COUNTED: i64 = 10_000;

/// What suppressed deliveries are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuppressedKey {
    /// The kind.
    pub kind: String,
    /// The class.
    pub class: Class,
    /// The mode version that suppressed them.
    pub mode_version: Version,
}

/// What recipients of incoming mail are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncomingKey {
    /// What was asked for.
    pub intent: Intent,
    /// What was decided.
    pub verdict: Verdict,
    /// Where they stand.
    pub state: MailState,
    /// The version that decided.
    pub mode_version: Version,
}

/// Counts under a filter.
///
/// The keys are those in the filter's time range and of its recipient, whatever else it asks for:
/// so a page can say what choosing another kind would find. The hours are those under the whole
/// filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally<K> {
    /// How many rows of each key, none of them zero.
    pub keys: Vec<(K, i64)>,
    /// How many rows in the hour that begins then, oldest first; hours without are left out.
    pub hours: Vec<(Timestamp, i64)>,
    /// Are all counted? Of one recipient only the newest [`COUNTED`] are.
    pub is_complete: bool,
}

impl<K> Tally<K> {
    /// The counts of one recipient, when `is_one`.
    pub(in crate::store) fn of_one(self, is_one: bool) -> Self {
        let is_complete = !is_one || self.total(|_| true) < COUNTED;
        Self { is_complete, ..self }
    }

    /// How many rows whose key `keep` takes.
    pub fn total(&self, keep: impl Fn(&K) -> bool) -> i64 {
        self.keys.iter().filter(|(key, _)| keep(key)).map(|(_, number)| number).sum()
    }

    /// How many rows of each value of `of`, among those whose key `keep` takes; the most first.
    pub fn by<V: Ord>(&self, keep: impl Fn(&K) -> bool, of: impl Fn(&K) -> V) -> Vec<(V, i64)> {
        let mut counts: BTreeMap<V, i64> = BTreeMap::new();
        for (key, number) in self.keys.iter().filter(|(key, _)| keep(key)) {
            *counts.entry(of(key)).or_default() += number;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        counts
    }
}

impl Tally<IncomingKey> {
    /// The counts of the newest rows that were found for one mail, sender or address as shown;
    /// `filter` asks for more.
    pub(in crate::store) fn of_rows(rows: &[IncomingMail], filter: &IncomingFilter) -> Self {
        let (mut keys, mut hours) = (BTreeMap::<_, i64>::new(), BTreeMap::<_, i64>::new());
        for row in rows {
            let IncomingMail { intent, verdict, state, mode_version, .. } = *row;
            let key = IncomingKey { intent, verdict, state, mode_version };
            *keys.entry(key).or_default() += 1;
            if filter.takes(&key) {
                *hours.entry(beginning(hour_of(row.received_at))).or_default() += 1;
            }
        }
        Self { keys: keys.into_iter().collect(), hours: hours.into_iter().collect(), is_complete: true }.of_one(true)
    }
}

impl IncomingFilter {
    /// The same search without what rows are counted by.
    pub(in crate::store) fn uncounted(&self) -> Self {
        Self { intent: None, verdict: None, state: None, mode_versions: None, ..self.clone() }
    }
}

impl SuppressedFilter {
    /// Does it let rows of this key through?
    #[must_use]
    pub fn takes(&self, key: &SuppressedKey) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == key.kind)
            && self.class.is_none_or(|class| class == key.class)
            && is_within(self.mode_versions, key.mode_version)
    }
}

impl IncomingFilter {
    /// Does it let rows of this key through?
    #[must_use]
    pub fn takes(&self, key: &IncomingKey) -> bool {
        self.intent.is_none_or(|intent| intent == key.intent)
            && self.verdict.is_none_or(|verdict| verdict == key.verdict)
            && self.state.is_none_or(|state| state == key.state)
            && is_within(self.mode_versions, key.mode_version)
    }
}

fn is_within(versions: Option<(Version, Version)>, version: Version) -> bool {
    versions.is_none_or(|(first, last)| (first..=last).contains(&version))
}

/// The change that made a mode version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionChange {
    /// The version.
    pub version: Version,
    /// The mode since then.
    pub state: State,
    /// Its message.
    pub message: Option<String>,
    /// When it was made.
    pub changed_at: Timestamp,
}

/// What passed in one hour. Mail counts when it came, a delivery when it ended; what retention
/// deleted is gone from here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// When the hour begins.
    pub hour: Timestamp,
    /// Recipients accepted.
    pub accepted: i64,
    /// Recipients refused.
    pub refused: i64,
    /// Recipients deferred.
    pub deferred: i64,
    /// Recipients kept until the mode is off, also when they went on since.
    pub held: i64,
    /// Recipients recorded and not handed over.
    pub discarded: i64,
    /// Deliveries the relay took.
    pub delivered: i64,
    /// Deliveries the mode kept back.
    pub suppressed: i64,
    /// Deliveries the relay refused for good.
    pub failed: i64,
}

impl Traffic {
    /// The `hours` up to and with that of `now`, oldest first, from what was found: an hour, a
    /// verdict or state, a number.
    pub(in crate::store) fn of(now: Timestamp, hours: i64, found: &[(i64, String, i64)]) -> Vec<Self> {
        let last = hour_of(now);
        (last.saturating_sub(hours).saturating_add(1)..=last)
            .map(|hour| {
                let number = |what: &str| {
                    found.iter().filter(|(at, of, _)| *at == hour && of == what).map(|(.., number)| number).sum()
                };
                Self {
                    hour: beginning(hour),
                    accepted: number(Verdict::Accept.as_str()),
                    refused: number(Verdict::Refuse.as_str()),
                    deferred: number(Verdict::Defer.as_str()),
                    held: number(Verdict::Hold.as_str()),
                    discarded: number(Verdict::Discard.as_str()),
                    delivered: number(DeliveryState::Delivered.as_str()),
                    suppressed: number(DeliveryState::Suppressed.as_str()),
                    failed: number(DeliveryState::Failed.as_str()),
                }
            })
            .collect()
    }
}

/// The hour a time is in, in hours since 1970.
pub(in crate::store) fn hour_of(time: Timestamp) -> i64 {
    time.as_microsecond() / HOUR
}

/// When an hour begins.
pub(in crate::store) fn beginning(hour: i64) -> Timestamp {
    Timestamp::from_microsecond(hour.saturating_mul(HOUR)).unwrap_or(Timestamp::MAX)
}

/// A range of time as it is counted: whole hours, and what is left at both ends, in microseconds;
/// each `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Span {
    /// Before the first whole hour.
    pub(in crate::store) head: (i64, i64),
    /// In hours since 1970.
    pub(in crate::store) whole: (i64, i64),
    /// After the last whole hour.
    pub(in crate::store) tail: (i64, i64),
}

impl Span {
    /// Of `[since, until)`; a missing end is open.
    pub(in crate::store) fn of(since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let from = since.unwrap_or(Timestamp::MIN).as_microsecond();
        let to = until.map_or(i64::MAX / 2, Timestamp::as_microsecond);
        let first = from.div_euclid(HOUR) + i64::from(from.rem_euclid(HOUR) != 0);
        let end = to.div_euclid(HOUR);
        if first > end {
            // Within one hour.
            return Self { head: (from, to), whole: (0, 0), tail: (0, 0) };
        }
        Self { head: (from, first * HOUR), whole: (first, end), tail: (end * HOUR, to) }
    }

    /// Where it ends.
    pub(in crate::store) fn end(self) -> i64 {
        self.tail.1.max(self.head.1)
    }

    /// As bound: the whole hours, the head, the tail.
    pub(in crate::store) fn parts(self) -> [i64; 6] {
        [self.whole.0, self.whole.1, self.head.0, self.head.1, self.tail.0, self.tail.1]
    }
}

/// Counts.
#[async_trait]
pub trait SummaryStore: Send + Sync {
    /// How many suppressed deliveries.
    async fn suppressed_tally(&self, filter: SuppressedFilter) -> Result<Tally<SuppressedKey>>;

    /// How many recipients of incoming mail.
    async fn incoming_tally(&self, filter: IncomingFilter) -> Result<Tally<IncomingKey>>;

    /// The changes that made these versions; those not on record are left out.
    async fn version_changes(&self, versions: Vec<Version>) -> Result<Vec<VersionChange>>;

    /// What passed in the `hours` up to and with that of `now`, oldest first, each of them listed.
    async fn traffic(&self, now: Timestamp, hours: i64) -> Result<Vec<Traffic>>;

    /// Keeps the summary small: adds up to `limit` deltas to it and takes out counts that came to
    /// nothing. Is more left?
    ///
    /// No count changes by it. Several processes may try at once; one does it.
    async fn fold_summary(&self, limit: i64) -> Result<bool>;
}

#[cfg(test)]
mod tests;
