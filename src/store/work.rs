//! Working off what is stored: claiming under the fence, settling by lease. Written once, for every kind of store.

use super::change::{classes_in_mode, sendable_classes};
use super::claim::{Claim, LEASE, Settled, Settlement};
use super::error::Result;
use super::ledger::{AttemptRow, BATCH_BYTES, Batch, Ending, MailLedger, NotificationLedger};
use super::mail::{BeforeOffer, HandOver};
use super::notification::{AtDot, Sending};
use crate::domain::id::{DeliveryId, Lease};
use crate::domain::mail::{Intent, MailState};
use crate::domain::mode::ModeView;
use crate::domain::notification::{AttemptOutcome, DeliveryState};
use crate::policy::handover::may_hand_over;
use crate::policy::outbound::{InMode, SendVerdict, judge_delivery, wipes_body_when_done};
use crate::policy::rules::{Rules, UnknownKind};
use crate::policy::turn::{Room, choose};
use jiff::Timestamp;
use std::collections::BTreeMap;

fn batch(limit: i64, now: Timestamp) -> Batch {
    Batch { lease: Lease::mint(now), limit, now, until: now.saturating_add(LEASE).unwrap_or(Timestamp::MAX) }
}

/// What a settlement means for the row: the attempt's outcome, its words, when it is tried next.
fn read(settlement: Settlement) -> (AttemptOutcome, String, Option<Timestamp>) {
    match settlement {
        Settlement::Done(reply) => (AttemptOutcome::Ok, reply, None),
        Settlement::Retry(failure, at) => (AttemptOutcome::Temporary, failure.text, Some(at)),
        Settlement::Unknown(failure, at) => (AttemptOutcome::Unknown, failure.text, Some(at)),
        Settlement::Failed(failure) => (AttemptOutcome::Permanent, failure.text, None),
    }
}

/// Leases due recipients whose mail may be handed over.
pub async fn claim_hand_overs<L: MailLedger>(
    ledger: &mut L,
    limit: i64,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Claim<HandOver>>> {
    let mode = ledger.mode().await?;
    let version = mode.version;
    let view = ModeView::Known(mode);
    ledger.requeue_lapsed_hand_overs(now).await?;
    let intents: Vec<Intent> = Intent::ALL.iter().copied().filter(|i| may_hand_over(*i, &view, rules)).collect();
    let batch = batch(limit, now);
    let items = ledger.lease_hand_overs(batch, &intents).await?;
    Ok(items.into_iter().map(|item| Claim::new(item, batch.lease, version, now)).collect())
}

/// May claimed mail still be offered?
pub async fn may_offer<L: MailLedger>(ledger: &mut L, asked: BeforeOffer, rules: &Rules) -> Result<bool> {
    let view = ModeView::Known(ledger.mode().await?);
    Ok(may_hand_over(asked.intent, &view, rules) && ledger.holds_hand_over(asked.held).await?)
}

/// Ends a hand-over.
pub async fn settle_hand_over<L: MailLedger>(
    ledger: &mut L,
    claim: &Claim<HandOver>,
    settlement: Settlement,
    now: Timestamp,
) -> Result<Settled> {
    let (outcome, reply, next_at) = read(settlement);
    let state = match outcome {
        AttemptOutcome::Ok => MailState::HandedOver,
        AttemptOutcome::Temporary | AttemptOutcome::Unknown => MailState::Waiting,
        AttemptOutcome::Permanent => MailState::Failed,
    };
    let reason = (outcome != AttemptOutcome::Ok).then(|| reply.clone());
    let ending = Ending { state, reason, next_at, at: now };
    if !ledger.end_hand_over(claim, &ending).await? {
        return Ok(Settled::LeaseLost);
    }
    let attempt = AttemptRow {
        item_id: claim.item.recipient_id.into(),
        number: claim.item.attempt,
        started_at: claim.claimed_at,
        ended_at: now,
        outcome,
        reply,
    };
    ledger.add_attempt(attempt).await?;
    Ok(Settled::Recorded)
}

/// Gives a hand-over back untouched.
pub async fn release_hand_over<L: MailLedger>(
    ledger: &mut L,
    claim: &Claim<HandOver>,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<Settled> {
    let ending = Ending { state: MailState::Waiting, reason: None, next_at: Some(not_before), at: now };
    Ok(held(ledger.undo_hand_over(claim, &ending).await?))
}

/// Leases due deliveries that may be sent now, in the order of their turns.
///
/// Under the mode, what is blocked and queued (an operator's retry, say) is suppressed here.
pub async fn claim_deliveries<L: NotificationLedger>(
    ledger: &mut L,
    limit: i64,
    unknown: UnknownKind,
    now: Timestamp,
    age_at: Option<Timestamp>,
) -> Result<Vec<Claim<Sending>>> {
    let mode = ledger.mode().await?;
    let version = mode.version;
    let view = ModeView::Known(mode);
    ledger.requeue_lapsed_deliveries(now).await?;
    if let Some(age_at) = age_at {
        ledger.expire(age_at).await?;
    }
    if view.is_on() {
        ledger.suppress(&classes_in_mode(unknown, InMode::Suppress), version, now).await?;
    }
    let classes = sendable_classes(&view, unknown);
    let due = match age_at {
        Some(_) => ledger.due_deliveries(&classes, limit, now).await?,
        // Whether their time is over is not known: they neither expire nor leave.
        None => ledger.due_unexpired(&classes, limit, now).await?,
    };
    let chosen = choose(due, Room { places: limit, bytes: BATCH_BYTES, draw: now.as_microsecond() });
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let batch = batch(limit, now);
    let mut items = ledger.lease_deliveries(batch, &chosen).await?;
    let places: BTreeMap<DeliveryId, usize> = chosen.into_iter().zip(0..).collect();
    items.sort_by_key(|item| places.get(&item.delivery_id).copied());
    Ok(items.into_iter().map(|item| Claim::new(item, batch.lease, version, now)).collect())
}

/// May the message of a claimed delivery still be written?
pub async fn pass_dot<L: NotificationLedger>(
    ledger: &mut L,
    asked: AtDot,
    unknown: UnknownKind,
    now: Timestamp,
) -> Result<bool> {
    let view = ModeView::Known(ledger.mode().await?);
    if judge_delivery(asked.class, &view, unknown) != SendVerdict::Send {
        return Ok(false);
    }
    ledger.mark_dot(asked.held, now).await
}

/// Ends a delivery's attempt.
pub async fn settle_delivery<L: NotificationLedger>(
    ledger: &mut L,
    claim: &Claim<Sending>,
    settlement: Settlement,
    now: Timestamp,
) -> Result<Settled> {
    let (outcome, reply, next_at) = read(settlement);
    let state = match outcome {
        AttemptOutcome::Ok => DeliveryState::Delivered,
        AttemptOutcome::Temporary | AttemptOutcome::Unknown => DeliveryState::Queued,
        AttemptOutcome::Permanent => DeliveryState::Failed,
    };
    let reason = (outcome != AttemptOutcome::Ok).then(|| reply.clone());
    let ending = Ending { state, reason, next_at, at: now };
    if !ledger.end_delivery(claim, &ending, outcome).await? {
        return Ok(Settled::LeaseLost);
    }
    let attempt = AttemptRow {
        item_id: claim.item.delivery_id.into(),
        number: claim.item.attempt,
        started_at: claim.claimed_at,
        ended_at: now,
        outcome,
        reply,
    };
    ledger.add_attempt(attempt).await?;
    if wipes_body_when_done(claim.item.class) && state == DeliveryState::Delivered {
        ledger.wipe_if_done(claim.item.notification_id).await?;
    }
    Ok(Settled::Recorded)
}

/// Gives a delivery back untouched.
pub async fn release_delivery<L: NotificationLedger>(
    ledger: &mut L,
    claim: &Claim<Sending>,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<Settled> {
    let ending = Ending { state: DeliveryState::Queued, reason: None, next_at: Some(not_before), at: now };
    Ok(held(ledger.undo_delivery(claim, &ending).await?))
}

fn held(lease_was_ours: bool) -> Settled {
    if lease_was_ours { Settled::Recorded } else { Settled::LeaseLost }
}
