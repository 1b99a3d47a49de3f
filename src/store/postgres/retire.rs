//! Retention: wiping messages and deleting records that no work waits for.
//!
//! It never touches what waits, is held, queued or under way, nor mail the application could not
//! take: an operator decides about that. An operator's acts run alone, so nothing it looked at
//! comes to life again before it commits. Each turn is bounded.

use super::ledger::Ledger;
use super::row::micros;
use crate::domain::id::AnyId;
use crate::store::desk::{Horizon, Retired};
use crate::store::error::Result;

/// A mail whose every taken recipient was done before the horizon.
const MAILS: &str = "DELETE FROM mail WHERE id IN (
    SELECT m.id FROM mail m WHERE m.id < $1 AND NOT EXISTS (
        SELECT 1 FROM recipient r WHERE r.mail_id = m.id AND r.verdict IN ('accept', 'hold')
           AND (r.ended_at IS NULL OR r.ended_at >= $2))
     ORDER BY m.id LIMIT $3)";
const MESSAGES: &str = "UPDATE notification SET raw = NULL WHERE id IN (
    SELECT n.id FROM notification n WHERE n.raw IS NOT NULL AND n.enqueued_at < $1 AND NOT EXISTS (
        SELECT 1 FROM delivery d WHERE d.notification_id = n.id AND (d.ended_at IS NULL OR d.ended_at >= $1))
     ORDER BY n.enqueued_at LIMIT $2)";
const ATTEMPTS: &str = "DELETE FROM attempt WHERE item_id IN (
    (SELECT id FROM recipient WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)
     UNION ALL (SELECT id FROM delivery WHERE ended_at < $1 ORDER BY ended_at LIMIT $2))";
const RECIPIENTS: &str =
    "DELETE FROM recipient WHERE id IN (SELECT id FROM recipient WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
const DELIVERIES: &str =
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
const NOTIFICATIONS: &str = "DELETE FROM notification WHERE id IN (
    SELECT n.id FROM notification n
     WHERE n.id < $1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notification_id = n.id)
     ORDER BY n.id LIMIT $2)";

/// One turn of retention.
pub(super) async fn retire(ledger: &mut Ledger, horizon: Horizon) -> Result<Retired> {
    let retired = Retired { bodies: wipe(ledger, horizon).await?, records: forget(ledger, horizon).await? };
    let silent = sqlx::query("DELETE FROM node WHERE seen_at < $1").bind(micros(horizon.nodes_before));
    ledger.execute(silent).await?;
    Ok(retired)
}

/// Wipes messages that no work waits for.
async fn wipe(ledger: &mut Ledger, horizon: Horizon) -> Result<u64> {
    let before = micros(horizon.bodies_before);
    let oldest = AnyId::floor(horizon.bodies_before).to_string();
    let mails = ledger.execute(sqlx::query(MAILS).bind(oldest).bind(before).bind(horizon.limit)).await?;
    let messages = ledger.execute(sqlx::query(MESSAGES).bind(before).bind(horizon.limit)).await?;
    ledger.wiped |= messages > 0;
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
