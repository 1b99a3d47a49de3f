//! From rows to a notification as its application may see it.

use super::column::Columns;
use crate::domain::id::Id;
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::policy::rules::Reason;
use crate::store::error::Result;
use crate::store::notification::{AttemptRecord, DeliveryRecord, NotificationRecord};

/// A notification, still without its deliveries.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn notification(row: &impl Columns) -> Result<NotificationRecord> {
    Ok(NotificationRecord {
        id: row.id("id")?,
        token_id: row.text_or_null("token_id")?.as_deref().and_then(Id::parse),
        kind: row.text("kind")?,
        class: row.word("class", Class::parse)?,
        reference: row.text_or_null("reference")?,
        enqueued_at: row.time("enqueued_at")?,
        deliveries: Vec::new(),
    })
}

/// A delivery, still without its attempts; when its class `waits` for the end of the mode, that is
/// why it is queued.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn delivery(row: &impl Columns, waits: bool) -> Result<DeliveryRecord> {
    let state = row.word("state", DeliveryState::parse)?;
    let maintenance = (waits && state == DeliveryState::Queued).then(|| Reason::WORD.to_owned());
    Ok(DeliveryRecord {
        id: row.id("id")?,
        recipient: row.text("recipient")?,
        state,
        reason: maintenance.or(row.text_or_null("reason")?),
        mode_version: row.version("mode_version")?,
        next_attempt_at: row.time_or_null("next_at")?,
        attempts: Vec::new(),
    })
}

/// One try.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn attempt(row: &impl Columns) -> Result<AttemptRecord> {
    Ok(AttemptRecord {
        started_at: row.time("started_at")?,
        ended_at: row.time("ended_at")?,
        outcome: row.word("outcome", AttemptOutcome::parse)?,
        reply: row.text("reply")?,
    })
}
