//! From rows to what they say, for every kind of store: one reader per thing, whatever the row is
//! made of.

pub mod column;
mod mode;
mod notification;
mod person;
mod script;
mod summary;

pub use mode::{changes, history, mode, node, pause, progress, report, told, window};
pub use notification::{attempt, delivery, notification};
pub use person::{account, brake, credential, session};
pub use script::{answer, due, hand_over, lapsed_attempt, left, over, sending};
pub use summary::{incoming_key, suppressed_key, tally, traffic, version_change};

use crate::domain::job::Job;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::notification::Class;
use crate::store::access::{Scope, Token};
use crate::store::desk::{Depths, IncomingMail, QueueItem, QueueKind, Resend, SuppressedMail};
use crate::store::error::Result;
use crate::store::job::{JobResult, JobRow};
use column::Columns;

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
        mode_version: row.version("mode_version")?,
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
        mode_version: row.version("mode_version")?,
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
        class: row.text_or_null("class")?.map(|_| row.word("class", Class::parse)).transpose()?,
        what: row.text("what")?,
        recipient: row.text("recipient")?,
        queued_at: row.time("queued_at")?,
        attempts: row.number("attempts")?,
        next_attempt_at: row.time_or_null("next_at")?,
        reason: row.text_or_null("reason")?,
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

/// How much waits.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn depths(row: &impl Columns) -> Result<Depths> {
    Ok(Depths {
        waiting: row.number("waiting")?,
        hand_overs: row.number("hand_overs")?,
        held: row.number("held")?,
        failed_hand_overs: row.number("failed_hand_overs")?,
        queued: row.number("queued")?,
        unclassified: row.number("unclassified")?,
        deliveries: row.number("deliveries")?,
        failed_deliveries: row.number("failed_deliveries")?,
        oldest_queued_at: row.time_or_null("oldest_queued_at")?,
        oldest_waiting_at: row.time_or_null("oldest_waiting_at")?,
    })
}
