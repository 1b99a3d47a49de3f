//! Limits repeated log lines: the first few of an interval are logged, the rest are counted and
//! summed up in one line, so that a client that repeats itself cannot fill the disk with the log.
//!
//! Two lines are the same when they come from the same place in the program with the same message
//! and fields. An IPv6 client is identified by its /64, all of which it controls. The memory of one
//! interval is bounded; beyond the bound, lines that name a client share one count per place in the
//! program, and lines that name none pass.

use crate::domain::wording::number;
use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The interval over which lines are counted.
pub(super) const TURN: Duration = Duration::from_secs(10);

/// Most equal lines per interval that are logged individually.
const MAX_EQUAL: i64 = 5;

/// Most different lines remembered per interval.
const MAX_KNOWN: usize = 4096;

/// The target of the summaries, which are never suppressed themselves.
const SUMMARY: &str = "postern::run::telemetry::summary";

/// Counts equal lines; clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Repetition(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    hasher: RandomState,
    turn: Mutex<HashMap<u64, Line>>,
}

/// A line seen in this interval.
#[derive(Debug)]
struct Line {
    seen: i64,
    is_error: bool,
    message: String,
}

impl Repetition {
    /// Ends the interval: logs one summary for each suppressed line.
    pub(super) fn sum_up(&self) {
        let turn = std::mem::take(&mut *self.0.turn.lock().unwrap_or_else(PoisonError::into_inner));
        for line in turn.into_values().filter(|line| line.seen > MAX_EQUAL) {
            let (more, message) = (line.seen - MAX_EQUAL, line.message);
            let many = number(more);
            match line.is_error {
                true => tracing::error!(target: SUMMARY, more, "{many} more like this: {message}"),
                false => tracing::warn!(target: SUMMARY, more, "{many} more like this: {message}"),
            }
        }
    }

    /// Counts the line and returns whether to log it.
    fn admits(&self, event: &Event<'_>) -> bool {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let place = event.metadata().callsite();
        let mut key = self.0.hasher.hash_one((&place, fields.identity()));
        let mut turn = self.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if turn.len() >= MAX_KNOWN && !turn.contains_key(&key) {
            if fields.client.is_empty() {
                return true;
            }
            key = self.0.hasher.hash_one((&place, "other clients"));
        }
        let is_error = *event.metadata().level() == Level::ERROR;
        let line = turn.entry(key).or_insert_with(|| Line { seen: 0, is_error, message: fields.message });
        line.seen += 1;
        line.seen <= MAX_EQUAL
    }
}

impl<S: Subscriber> Layer<S> for Repetition {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        event.metadata().target() == SUMMARY || self.admits(event)
    }
}

/// The content of an event.
#[derive(Default)]
struct Fields {
    message: String,
    client: String,
    others: String,
}

impl Visit for Fields {
    /// Avoids the quotes that `Debug` would add.
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "client" => self.client = format!("{value:?}"),
            name => drop(write!(self.others, "{name}={value:?} ")),
        }
    }
}

impl Fields {
    /// The part of the content that identifies equal lines.
    fn identity(&self) -> (String, &str) {
        let message = match self.client.parse() {
            Ok(IpAddr::V6(client)) => {
                let network = client.to_bits() >> 64;
                self.message.replace(&self.client, &format!("{network:x}::/64"))
            }
            Ok(IpAddr::V4(_)) | Err(_) => self.message.clone(),
        };
        (message, &self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Paper, lines_of};
    use super::*;

    /// The lines that `events` log, with the summaries of the interval.
    fn logged(events: impl FnOnce()) -> Vec<String> {
        let repetition = Repetition::default();
        let paper = Paper::default();
        lines_of(&paper, repetition.clone(), || {
            events();
            repetition.sum_up();
        })
    }

    fn refuse(client: &str) {
        tracing::warn!(client, "{client} is not trusted here");
    }

    #[test]
    fn the_same_line_is_logged_a_few_times_and_then_summed_up() {
        let lines = logged(|| (0..41_205).for_each(|_| refuse("192.0.2.7")));
        assert_eq!(lines.len(), 6);
        assert!(lines[5].contains("41,200 more like this: 192.0.2.7 is not trusted here"), "{}", lines[5]);
    }

    #[test]
    fn another_client_another_field_and_another_turn_are_other_lines() {
        let lines = logged(|| {
            (0..5).for_each(|_| refuse("192.0.2.7"));
            (0..5).for_each(|_| refuse("192.0.2.8"));
            (0..20).for_each(|mail| tracing::info!(mail, "Discarded a mail"));
        });
        assert_eq!(lines.len(), 30);
        assert!(!lines.iter().any(|line| line.contains("more like this")));
        let repetition = Repetition::default();
        let again = lines_of(&Paper::default(), repetition.clone(), || {
            for _ in 0..2 {
                (0..5).for_each(|_| refuse("192.0.2.7"));
                repetition.sum_up();
            }
        });
        assert_eq!(again.len(), 10);
    }

    #[test]
    fn an_ipv6_client_counts_by_its_network() {
        let lines = logged(|| (0..100).for_each(|n| refuse(&format!("2001:db8:0:1::{n:x}"))));
        assert_eq!(lines.len(), 6);
        let lines = logged(|| (0..100).for_each(|n| refuse(&format!("2001:db8:0:{n:x}::1"))));
        assert_eq!(lines.len(), 100);
    }

    #[test]
    fn more_clients_than_are_remembered_share_one_count() {
        let lines = logged(|| (0..20_000).for_each(|n| refuse(&format!("10.0.{}.{}", n / 256, n % 256))));
        assert_eq!(lines.len(), MAX_KNOWN + usize::try_from(MAX_EQUAL).unwrap() + 1);
    }
}
