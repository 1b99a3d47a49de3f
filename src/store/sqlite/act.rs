//! What an operator does to something queued, and what stands still: each a guarded statement whose row count is its answer.

use super::Failing;
use super::ledger::Ledger;
use super::row::{Columns, json_words, micros};
use crate::domain::id::ItemId;
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;
use crate::policy::rules::UnknownKind;
use crate::store::change::waiting_classes;
use crate::store::desk::{Action, Flow, Pause};
use crate::store::error::Result;
use crate::store::ledger::ModeLedger;
use jiff::Timestamp;

/// A refused delivery whose time has run out gets another day when an operator asks for it, whatever the application asked; one that is due already keeps its place.
/// Recipients come back in the order of their arrival.
const RETRY_DELIVERY: &str =
    "UPDATE delivery SET state = 'queued', next_at = min(coalesce(next_at, $2), $2), ended_at = NULL, dot_at = NULL,
        not_after = CASE WHEN state = 'failed' THEN NULL ELSE not_after END,
        retry_left = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($3))
            THEN max(coalesce(retry_left, expires_at - $2), 86400000000) ELSE retry_left END,
        expires_at = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($3)) THEN $4
            WHEN state = 'failed' THEN max(expires_at, $2 + 86400000000) ELSE expires_at END
  WHERE id = $1 AND state IN ('queued', 'failed')
    AND EXISTS (SELECT 1 FROM notification WHERE id = notification_id AND raw IS NOT NULL)";
const RETRY_RECIPIENT: &str = "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at) WHERE id = $1 AND state IN ('waiting', 'failed')";
const CANCEL_DELIVERY: &str = "UPDATE delivery SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id = $1 AND state IN ('queued', 'failed')";
const CANCEL_RECIPIENT: &str = "UPDATE recipient SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id = $1 AND state IN ('waiting', 'held', 'failed')";
const RELEASE_RECIPIENT: &str =
    "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at) WHERE id = $1 AND state = 'held'";

/// Does `action` to the delivery or recipient `id`; false when it did not apply.
pub(super) async fn act(
    ledger: &mut Ledger,
    id: ItemId,
    action: Action,
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<bool> {
    let statements: &[&'static str] = match action {
        Action::Retry => &[RETRY_RECIPIENT],
        Action::Cancel => &[CANCEL_DELIVERY, CANCEL_RECIPIENT],
        Action::Release => &[RELEASE_RECIPIENT],
    };
    let mut changed = if action == Action::Retry { retry_delivery(ledger, id, unknown, now).await? } else { 0 };
    for statement in statements {
        let done = sqlx::query(*statement)
            .bind(id.to_string())
            .bind(micros(now))
            .execute(ledger.connection())
            .await
            .or_fail()?;
        changed += done.rows_affected();
    }
    if action == Action::Cancel && changed > 0 {
        wipe_cancelled(ledger, id).await?;
    }
    Ok(changed == 1)
}

/// Queues a delivery again; one that has to wait for the end of the mode does not age meanwhile.
async fn retry_delivery(ledger: &mut Ledger, id: ItemId, unknown: UnknownKind, now: Timestamp) -> Result<u64> {
    let view = ModeView::Known(ledger.stored_mode().await?);
    sqlx::query(RETRY_DELIVERY)
        .bind(id.to_string())
        .bind(micros(now))
        .bind(json_words(&waiting_classes(&view, unknown), Class::as_str))
        .bind(micros(Timestamp::MAX))
        .execute(ledger.connection())
        .await
        .or_fail()
        .map(|done| done.rows_affected())
}

/// The message of a cancelled write-dependent delivery is of no use to anybody.
async fn wipe_cancelled(ledger: &mut Ledger, id: ItemId) -> Result<()> {
    let row = sqlx::query("SELECT notification_id, class FROM delivery WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(ledger.connection())
        .await
        .or_fail()?;
    match row {
        Some(row) if row.word("class", Class::parse)? == Class::WriteDependent => {
            super::ledger_notification::wipe(ledger, row.id("notification_id")?).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Records that a flow stands still, or that it moves again.
pub(super) async fn set_pause(ledger: &mut Ledger, flow: Flow, pause: Option<Pause>) -> Result<()> {
    let Some(pause) = pause else {
        let gone =
            sqlx::query("DELETE FROM pause WHERE flow = $1").bind(flow.as_str()).execute(ledger.connection()).await;
        return gone.or_fail().map(drop);
    };
    sqlx::query(
        "INSERT INTO pause (flow, cause, reason, since_at, until_at, failures) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (flow) DO UPDATE SET cause = excluded.cause, reason = excluded.reason, until_at = excluded.until_at, failures = excluded.failures",
    )
    .bind(flow.as_str())
    .bind(pause.cause.as_str())
    .bind(&pause.reason)
    .bind(micros(pause.since))
    .bind(micros(pause.until))
    .bind(pause.failures)
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(drop)
}
