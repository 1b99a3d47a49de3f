//! What an operator does to what is queued, and what stands still: each a guarded statement that says which rows it changed.

use super::Failing;
use super::ledger::Ledger;
use super::row::{Columns, json_words, micros};
use crate::domain::id::ItemId;
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;
use crate::policy::rules::UnknownKind;
use crate::store::change::waiting_classes;
use crate::store::desk::{Action, Flow, MAX_AT_ONCE, Pause};
use crate::store::error::Result;
use crate::store::ledger::ModeLedger;
use jiff::Timestamp;

/// A refused delivery whose time has run out gets another day when an operator asks for it, whatever the application asked; one that is
/// due already keeps its place. Recipients come back in the order of their arrival.
const RETRY_DELIVERIES: &str =
    "UPDATE delivery SET state = 'queued', next_at = min(coalesce(next_at, $2), $2), ended_at = NULL, dot_at = NULL,
        not_after = CASE WHEN state = 'failed' THEN NULL ELSE not_after END,
        retry_left = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($4))
            THEN max(coalesce(retry_left, expires_at - $2), 86400000000) ELSE retry_left END,
        expires_at = CASE WHEN state = 'failed' AND class IN (SELECT value FROM json_each($4)) THEN $5
            WHEN state = 'failed' THEN max(expires_at, $2 + 86400000000) ELSE expires_at END
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'failed') AND ($3 IS NULL OR state = $3)
    AND EXISTS (SELECT 1 FROM notification WHERE id = notification_id AND raw IS NOT NULL)
  RETURNING id";
const RETRY_RECIPIENTS: &str = "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at)
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('waiting', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id";
const CANCEL_DELIVERIES: &str = "UPDATE delivery SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id";
const CANCEL_RECIPIENTS: &str = "UPDATE recipient SET state = 'cancelled', next_at = NULL, ended_at = $2
  WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('waiting', 'held', 'failed') AND ($3 IS NULL OR state = $3)
  RETURNING id";
const RELEASE_RECIPIENTS: &str = "UPDATE recipient SET state = 'waiting', next_at = min($2, received_at)
  WHERE id IN (SELECT value FROM json_each($1)) AND state = 'held' AND ($3 IS NULL OR state = $3)
  RETURNING id";
const WRITE_DEPENDENT: &str = "SELECT DISTINCT notification_id FROM delivery
  WHERE id IN (SELECT value FROM json_each($1)) AND class = 'write_dependent'";

/// Does `action` to those of `ids` that it applies to, and that still are in `state`, if one is given; answers them.
pub(super) async fn act_on(
    ledger: &mut Ledger,
    ids: &[ItemId],
    (state, action): (Option<&'static str>, Action),
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<Vec<ItemId>> {
    let asked = json_of(&ids[..ids.len().min(MAX_AT_ONCE)]);
    let (mut changed, statements): (_, &[&'static str]) = match action {
        Action::Retry => (retry_deliveries(ledger, &asked, state, unknown, now).await?, &[RETRY_RECIPIENTS]),
        Action::Cancel => (Vec::new(), &[CANCEL_DELIVERIES, CANCEL_RECIPIENTS]),
        Action::Release => (Vec::new(), &[RELEASE_RECIPIENTS]),
    };
    for statement in statements {
        let change = sqlx::query(*statement).bind(&asked).bind(micros(now)).bind(state);
        for row in change.fetch_all(ledger.connection()).await.or_fail()? {
            changed.push(row.id("id")?);
        }
    }
    if action == Action::Cancel && !changed.is_empty() {
        wipe_cancelled(ledger, &changed).await?;
    }
    Ok(changed)
}

/// Queues deliveries again; those that have to wait for the end of the mode do not age meanwhile.
async fn retry_deliveries(
    ledger: &mut Ledger,
    asked: &str,
    state: Option<&'static str>,
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<Vec<ItemId>> {
    let view = ModeView::Known(ledger.stored_mode().await?);
    let retry = sqlx::query(RETRY_DELIVERIES)
        .bind(asked)
        .bind(micros(now))
        .bind(state)
        .bind(json_words(&waiting_classes(&view, unknown), Class::as_str))
        .bind(micros(Timestamp::MAX));
    let rows = retry.fetch_all(ledger.connection()).await.or_fail()?;
    rows.iter().map(|row| row.id("id")).collect()
}

fn json_of(ids: &[ItemId]) -> String {
    serde_json::json!(ids).to_string()
}

/// The message of a cancelled write-dependent delivery is of no use to anybody.
async fn wipe_cancelled(ledger: &mut Ledger, ids: &[ItemId]) -> Result<()> {
    let find = sqlx::query(WRITE_DEPENDENT).bind(json_of(ids));
    for row in find.fetch_all(ledger.connection()).await.or_fail()? {
        super::ledger_notification::wipe(ledger, row.id("notification_id")?).await?;
    }
    Ok(())
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
