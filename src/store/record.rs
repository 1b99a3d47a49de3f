//! From rows to what they say, for every kind of store: one reader per thing, whatever the row is made of.

use super::access::{Scope, Token};
use super::column::Columns;
use super::desk::{IncomingMail, QueueItem, QueueKind, Resend, SuppressedMail};
use super::error::{Result, StoreError};
use super::job::{JobResult, JobRow};
use super::mail::HandOver;
use super::mode::Node;
use super::notification::Sending;
use super::pause::{Cause, Flow, Pause};
use super::summary::{IncomingKey, SuppressedKey, Tally, VersionChange, beginning};
use super::telling::Told;
use crate::domain::address::Address;
use crate::domain::job::Job;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{HistoryEntry, How, Mode, SeenMode, State};
use crate::domain::notification::Class;
use crate::domain::window::{Window, WindowState};

/// A row of the report.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn suppressed(row: &impl Columns) -> Result<SuppressedMail> {
    Ok(SuppressedMail {
        id: row.id("id")?,
        notification_id: row.id("notification_id")?,
        kind: row.text("kind")?,
        title: row.text("title")?,
        class: row.word("class", Class::parse)?,
        recipient: row.text("recipient")?,
        subject: row.text_or_null("subject")?,
        reference: row.text_or_null("reference")?,
        reason: row.text("reason")?,
        mode_version: row.number("mode_version")?,
        enqueued_at: row.time("enqueued_at")?,
        suppressed_at: row.time("suppressed_at")?,
        resend: if row.number("has_body")? == 1 { Resend::Possible } else { Resend::MustBeRequestedAnew },
    })
}

/// A recipient of an incoming mail, with its key masked.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn incoming(row: &impl Columns) -> Result<IncomingMail> {
    Ok(IncomingMail {
        id: row.id("id")?,
        mail_id: row.id("mail_id")?,
        received_at: row.time("received_at")?,
        client: row.text("client")?,
        sender: row.text_or_null("sender")?.unwrap_or_default(),
        recipient: row.text("mask")?,
        intent: row.word("intent", Intent::parse)?,
        verdict: row.word("verdict", Verdict::parse)?,
        reply: row.text("reply")?,
        mode_version: row.number("mode_version")?,
        state: row.word("state", MailState::parse)?,
        size_bytes: row.number_or_null("size_bytes")?,
        message_id: row.text_or_null("message_id")?,
        reason: row.text_or_null("reason")?,
    })
}

/// Something that waits.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn queue_item(row: &impl Columns) -> Result<QueueItem> {
    Ok(QueueItem {
        id: row.id("id")?,
        queue: row.word("queue", QueueKind::parse)?,
        state: row.text("state")?,
        what: row.text("what")?,
        recipient: row.text("recipient")?,
        queued_at: row.time("queued_at")?,
        attempts: row.number("attempts")?,
        next_attempt_at: row.time_or_null("next_at")?,
        reason: row.text_or_null("reason")?,
    })
}

/// Mail to be handed over.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn hand_over(row: &impl Columns) -> Result<HandOver> {
    Ok(HandOver {
        recipient_id: row.id("id")?,
        mail_id: row.id("mail_id")?,
        recipient: row.text_or_null("address")?.unwrap_or_default(),
        sender: row.text_or_null("sender")?,
        intent: row.word("intent", Intent::parse)?,
        key: row.text_or_null("address_key")?.unwrap_or_default(),
        received_at: row.time("received_at")?,
        mode_version: row.number("mode_version")?,
        raw: row.bytes("raw")?.into(),
        attempt: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
    })
}

/// A delivery to be sent.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn sending(row: &impl Columns) -> Result<Sending> {
    let address = |text: String| Address::parse(&text).map_err(|error| StoreError::Corrupt(error.to_string()));
    Ok(Sending {
        delivery_id: row.id("id")?,
        notification_id: row.id("notification_id")?,
        class: row.word("class", Class::parse)?,
        sender: address(row.text("sender")?)?,
        recipient: address(row.text("recipient")?)?,
        raw: row.bytes("raw")?.into(),
        enqueued_at: row.time("enqueued_at")?,
        expires_at: row.time("expires_at")?,
        attempt: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
    })
}

/// A token, without its secret.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn token(row: &impl Columns) -> Result<Token> {
    Ok(Token {
        id: row.id("id")?,
        name: row.text("name")?,
        scope: row.word("scope", Scope::parse)?,
        created_at: row.time("created_at")?,
        revoked_at: row.time_or_null("revoked_at")?,
    })
}

/// The mode.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn mode(row: &impl Columns) -> Result<Mode> {
    Ok(Mode {
        state: row.word("state", State::parse)?,
        version: row.number("version")?,
        message: row.text_or_null("message")?,
        since: row.time("since_at")?,
        until: row.time_or_null("until_at")?,
    })
}

/// What suppressed deliveries are counted by.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn suppressed_key(row: &impl Columns) -> Result<SuppressedKey> {
    Ok(SuppressedKey {
        kind: row.text("kind")?,
        class: row.word("class", Class::parse)?,
        mode_version: row.number("mode_version")?,
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
        mode_version: row.number("mode_version")?,
    })
}

/// Counts by key, and, in the rows that have an hour, by hour.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn tally<R: Columns, K>(rows: &[R], key: impl Fn(&R) -> Result<K>) -> Result<Tally<K>> {
    let mut tally = Tally { keys: Vec::new(), hours: Vec::new() };
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
        version: row.number("version")?,
        state: row.word("state", State::parse)?,
        message: row.text_or_null("message")?,
        changed_at: row.time("changed_at")?,
    })
}

/// A background job.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn job(row: &impl Columns) -> Result<JobRow> {
    let result = row.text_or_null("last_result")?;
    Ok(JobRow {
        name: row.word("name", Job::parse)?,
        next_at: row.time("next_at")?,
        turn: row.number("turn")?,
        lease_until: row.time_or_null("lease_until")?,
        paused_at: row.time_or_null("paused_at")?,
        paused_by: row.text_or_null("paused_by")?,
        last_started_at: row.time_or_null("last_started_at")?,
        last_ended_at: row.time_or_null("last_ended_at")?,
        last_result: result.map(|_| row.word("last_result", JobResult::parse)).transpose()?,
        last_sentence: row.text_or_null("last_sentence")?,
        last_succeeded_at: row.time_or_null("last_succeeded_at")?,
        failures: row.number("failures")?,
    })
}

/// Changes, newest first; the row behind the last of `limit`, if there is one, tells what was before it.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn history(rows: &[impl Columns], limit: i64) -> Result<Vec<HistoryEntry>> {
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let entry = |(place, row)| entry(row, rows.get(place + 1));
    rows.iter().enumerate().take(shown).map(entry).collect()
}

/// Changes after `version`, oldest first; the row before the first of them, if there is one, tells what was before it.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn changes(rows: &[impl Columns], version: i64) -> Result<Vec<HistoryEntry>> {
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
        version: row.number("version")?,
        mode: row.word("mode", SeenMode::parse)?,
        seen_at: row.time("seen_at")?,
    })
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
        opened_version: row.number_or_null("opened_version")?,
        begun_at: row.time_or_null("begun_at")?,
        ended_at: row.time_or_null("ended_at")?,
        ended_by: row.text_or_null("ended_by")?,
        ended_version: row.number_or_null("ended_version")?,
    })
}

/// What a webhook was told.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn told(row: &impl Columns) -> Result<Told> {
    Ok(Told {
        version: row.number("version")?,
        told_at: row.time_or_null("told_at")?,
        failures: row.number("failures")?,
        reason: row.text_or_null("reason")?,
    })
}
