//! Retention: wiping messages and deleting records that no work waits for.
//!
//! It never touches what waits, is held, queued or under way, nor mail the application could not
//! take: an operator decides about that. Each turn is bounded, so that it never holds the writer
//! for long.

use super::ledger::Ledger;
use super::row::micros;
use crate::domain::id::AnyId;
use crate::store::desk::{Horizon, Retired};
use crate::store::error::Result;

/// A mail whose every taken recipient was done before the horizon.
const MAILS: &str = "DELETE FROM mail WHERE id IN (
    SELECT id FROM mail WHERE id < $1 AND NOT EXISTS (
        SELECT 1 FROM recipient r WHERE r.mail_id = mail.id AND r.verdict IN ('accept', 'hold')
           AND (r.ended_at IS NULL OR r.ended_at >= $2))
     ORDER BY id LIMIT $3)";
const MESSAGES: &str = "UPDATE notification SET raw = NULL WHERE id IN (
    SELECT id FROM notification WHERE raw IS NOT NULL AND enqueued_at < $1 AND NOT EXISTS (
        SELECT 1 FROM delivery d WHERE d.notification_id = notification.id AND (d.ended_at IS NULL OR d.ended_at >= $1))
     ORDER BY enqueued_at LIMIT $2)";
const ATTEMPTS: &str = "DELETE FROM attempt WHERE item_id IN (
    SELECT id FROM (SELECT id FROM recipient WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)
     UNION ALL SELECT id FROM (SELECT id FROM delivery WHERE ended_at < $1 ORDER BY ended_at LIMIT $2))";
const RECIPIENTS: &str =
    "DELETE FROM recipient WHERE id IN (SELECT id FROM recipient WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
const DELIVERIES: &str =
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
const NOTIFICATIONS: &str = "DELETE FROM notification WHERE id IN (
    SELECT id FROM notification WHERE id < $1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notification_id = notification.id)
     ORDER BY id LIMIT $2)";

/// One turn of retention.
pub(super) async fn retire(ledger: &mut Ledger, horizon: Horizon) -> Result<Retired> {
    let retired = Retired { bodies: wipe(ledger, horizon).await?, records: forget(ledger, horizon).await? };
    let silent = sqlx::query("DELETE FROM node WHERE seen_at < $1").bind(micros(horizon.nodes_before));
    ledger.execute(silent).await?;
    ledger.wiped |= retired.bodies > 0;
    // Freed pages go back to the disk, a few at a time. The pragma yields rows, so it is fetched,
    // not executed.
    ledger.rows(sqlx::query("PRAGMA incremental_vacuum(256)")).await?;
    Ok(retired)
}

/// Wipes messages that nothing waits for.
async fn wipe(ledger: &mut Ledger, horizon: Horizon) -> Result<u64> {
    let before = micros(horizon.bodies_before);
    let oldest = AnyId::floor(horizon.bodies_before).to_string();
    let mails = ledger.execute(sqlx::query(MAILS).bind(oldest).bind(before).bind(horizon.limit)).await?;
    let messages = ledger.execute(sqlx::query(MESSAGES).bind(before).bind(horizon.limit)).await?;
    Ok(mails + messages)
}

/// Deletes old records: attempts first, while what they belong to can still be found.
async fn forget(ledger: &mut Ledger, horizon: Horizon) -> Result<u64> {
    delete(ledger, ATTEMPTS, horizon).await?;
    let ended = delete(ledger, RECIPIENTS, horizon).await? + delete(ledger, DELIVERIES, horizon).await?;
    let oldest = AnyId::floor(horizon.records_before).to_string();
    let orphans = ledger.execute(sqlx::query(NOTIFICATIONS).bind(oldest).bind(horizon.limit)).await?;
    Ok(ended + orphans)
}

async fn delete(ledger: &mut Ledger, statement: &'static str, horizon: Horizon) -> Result<u64> {
    ledger.execute(sqlx::query(statement).bind(micros(horizon.records_before)).bind(horizon.limit)).await
}
