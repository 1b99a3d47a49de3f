//! From rows to the counts behind the reports.

use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::State;
use crate::domain::notification::Class;
use crate::store::error::Result;
use crate::store::record::column::Columns;
use crate::store::report::summary::{IncomingKey, SuppressedKey, Tally, VersionChange, beginning};

/// What suppressed deliveries are counted by.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn suppressed_key(row: &impl Columns) -> Result<SuppressedKey> {
    Ok(SuppressedKey {
        kind: row.text("kind")?,
        class: row.word("class", Class::parse)?,
        mode_version: row.version("mode_version")?,
    })
}

/// What recipients of incoming mail are counted by.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn incoming_key(row: &impl Columns) -> Result<IncomingKey> {
    Ok(IncomingKey {
        intent: row.word("intent", Intent::parse)?,
        verdict: row.word("verdict", Verdict::parse)?,
        state: row.word("state", MailState::parse)?,
        mode_version: row.version("mode_version")?,
    })
}

/// Counts by key, and, in the rows that have an hour, by hour.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn tally<R: Columns, K>(rows: &[R], key: impl Fn(&R) -> Result<K>) -> Result<Tally<K>> {
    let mut tally = Tally { keys: Vec::new(), hours: Vec::new(), is_complete: true };
    for row in rows {
        let number = row.number("number")?;
        match row.number_or_null("hour")? {
            Some(hour) => tally.hours.push((beginning(hour), number)),
            None => tally.keys.push((key(row)?, number)),
        }
    }
    tally.hours.sort_unstable();
    Ok(tally)
}

/// What passed in an hour: a verdict or state, and how often.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn traffic(row: &impl Columns) -> Result<(i64, String, i64)> {
    Ok((row.number("hour")?, row.text("what")?, row.number("number")?))
}

/// The change that made a version.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn version_change(row: &impl Columns) -> Result<VersionChange> {
    Ok(VersionChange {
        version: row.version("version")?,
        state: row.word("state", State::parse)?,
        message: row.text_or_null("message")?,
        changed_at: row.time("changed_at")?,
    })
}
