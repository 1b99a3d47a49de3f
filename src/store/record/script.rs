//! From rows to what scripts work on.

use super::column::Columns;
use crate::domain::address::Address;
use crate::domain::mail::Intent;
use crate::domain::notification::Class;
use crate::domain::zeroed::zeroed_on_drop;
use crate::policy::turn::Due;
use crate::store::drain::Left;
use crate::store::error::{Result, StoreError};
use crate::store::mail::HandOver;
use crate::store::notification::{Accepted, Sending};
use crate::store::script::row::{AttemptRow, OverRow};
use jiff::Timestamp;

/// Mail to be handed over.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn hand_over(row: &impl Columns) -> Result<HandOver> {
    Ok(HandOver {
        recipient_id: row.id("id")?,
        mail_id: row.id("mail_id")?,
        recipient: row.text_or_null("address")?.unwrap_or_default(),
        client: row.text("client")?,
        helo: row.text_or_null("helo")?,
        sender: row.text_or_null("sender")?,
        intent: row.word("intent", Intent::parse)?,
        key: row.text_or_null("address_key")?.unwrap_or_default(),
        received_at: row.time("received_at")?,
        mode_version: row.version("mode_version")?,
        raw: row.bytes("raw")?.into(),
        attempt: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
    })
}

/// A delivery that is due.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn due(row: &impl Columns) -> Result<Due> {
    Ok(Due {
        id: row.id("id")?,
        class: row.word("class", Class::parse)?,
        due_at: row.time("next_at")?,
        size_bytes: row.number("size_bytes")?,
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
        raw: zeroed_on_drop(row.bytes("raw")?),
        enqueued_at: row.time("enqueued_at")?,
        expires_at: row.time("expires_at")?,
        attempt: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
    })
}

/// A delivery that is over.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn over(row: &impl Columns) -> Result<OverRow> {
    Ok(OverRow { notification_id: row.id("notification_id")?, class: row.word("class", Class::parse)? })
}

/// The attempt of a lapsed lease, whose worker never said what came of it.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn lapsed_attempt(row: &impl Columns, now: Timestamp) -> Result<AttemptRow> {
    let number = u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX);
    Ok(AttemptRow::lapsed(row.id("id")?, number, row.time_or_null("started_at")?, now))
}

/// What was answered to an idempotency key, with the fingerprint of the request.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn answer(row: &impl Columns) -> Result<([u8; 32], Accepted)> {
    let answer = serde_json::from_str(&row.text("answer")?).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok((row.hash("fingerprint")?, answer))
}

/// What is left of before the maintenance.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn left(row: &impl Columns) -> Result<Left> {
    Ok(Left {
        hand_overs: row.number("hand_overs")?,
        blocked_deliveries: row.number("blocked_deliveries")?,
        due_hand_overs: row.number("due_hand_overs")?,
        kept: row.number("kept")?,
    })
}
