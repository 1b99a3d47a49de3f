//! From rows to the mode, its history and windows, who follows it, and what stands still.

use crate::domain::mode::{HistoryEntry, How, Mode, SeenMode, State, Version};
use crate::domain::report::Report;
use crate::domain::window::{Window, WindowState};
use crate::store::drain::Progress;
use crate::store::error::{Result, StoreError};
use crate::store::mode::Node;
use crate::store::pause::{Cause, Flow, Pause};
use crate::store::record::column::Columns;
use crate::store::telling::Told;

/// The mode.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn mode(row: &impl Columns) -> Result<Mode> {
    Ok(Mode {
        state: row.word("state", State::parse)?,
        version: row.version("version")?,
        message: row.text_or_null("message")?,
        since: row.time("since_at")?,
        until: row.time_or_null("until_at")?,
    })
}

/// Changes, newest first; the row behind the last of `limit`, if there is one, tells what was
/// before it.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn history(rows: &[impl Columns], limit: i64) -> Result<Vec<HistoryEntry>> {
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let entry = |(place, row)| entry(row, rows.get(place + 1));
    rows.iter().enumerate().take(shown).map(entry).collect()
}

/// Changes after `version`, oldest first; the row before the first of them, if there is one, tells
/// what was before it.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn changes(rows: &[impl Columns], version: Version) -> Result<Vec<HistoryEntry>> {
    let mut entries = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let entry = entry(row, place.checked_sub(1).and_then(|before| rows.get(before)))?;
        if entry.mode.version > version {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn entry<C: Columns>(row: &C, before: Option<&C>) -> Result<HistoryEntry> {
    Ok(HistoryEntry {
        mode: mode(row)?,
        before: before.map(mode).transpose()?,
        changed_at: row.time("changed_at")?,
        changed_by: row.text("changed_by")?,
        how: row.word("how", How::parse)?,
        drained_at: row.time_or_null("drained_at")?,
    })
}

/// A process that follows the mode.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn node(row: &impl Columns) -> Result<Node> {
    Ok(Node {
        id: row.id("id")?,
        name: row.text("name")?,
        version: row.version("version")?,
        mode: row.word("mode", SeenMode::parse)?,
        seen_at: row.time("seen_at")?,
        // A node of another version may report otherwise: what cannot be read is as if it were not
        // said.
        report: serde_json::from_str(&row.text("report")?).unwrap_or_default(),
    })
}

/// How far a maintenance has come.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn progress(row: &impl Columns, mode: Mode) -> Result<Progress> {
    Ok(Progress { mode, drained_at: row.time_or_null("drained_at")? })
}

/// What a process reports of itself, as stored.
///
/// # Errors
/// Never in practice: a report is numbers and texts.
pub fn report(report: &Report) -> Result<String> {
    serde_json::to_string(report).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A flow that stands still.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn pause(row: &impl Columns) -> Result<Pause> {
    Ok(Pause {
        flow: row.word("flow", Flow::parse)?,
        cause: row.word("cause", Cause::parse)?,
        reason: row.text("reason")?,
        since: row.time("since_at")?,
        until: row.time("until_at")?,
        failures: row.number("failures")?,
    })
}

/// A window.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn window(row: &impl Columns) -> Result<Window> {
    Ok(Window {
        id: row.id("id")?,
        starts_at: row.time("starts_at")?,
        ends_at: row.time("ends_at")?,
        message: row.text_or_null("message")?,
        auto_off: row.number("auto_off")? == 1,
        state: row.word("state", WindowState::parse)?,
        created_at: row.time("created_at")?,
        created_by: row.text("created_by")?,
        opened_at: row.time_or_null("opened_at")?,
        opened_version: row.version_or_null("opened_version")?,
        begun_at: row.time_or_null("begun_at")?,
        ended_at: row.time_or_null("ended_at")?,
        ended_by: row.text_or_null("ended_by")?,
        ended_version: row.version_or_null("ended_version")?,
    })
}

/// What a webhook was told.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn told(row: &impl Columns) -> Result<Told> {
    Ok(Told {
        version: row.version("version")?,
        told_at: row.time_or_null("told_at")?,
        failures: row.number("failures")?,
        reason: row.text_or_null("reason")?,
    })
}
