//! From rows to what they say, for every kind of store: one reader per thing, whatever the row is made of.

use super::access::{Scope, Token};
use super::column::Columns;
use super::desk::{IncomingMail, QueueItem, QueueKind, Resend, SuppressedMail};
use super::error::{Result, StoreError};
use super::mail::HandOver;
use super::mode::Node;
use super::notification::Sending;
use super::pause::{Cause, Flow, Pause};
use super::telling::Told;
use crate::domain::address::Address;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{HistoryEntry, How, Mode, SeenMode, State};
use crate::domain::notification::Class;

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
