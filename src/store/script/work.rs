//! Working off what is stored: claiming under the fence, and asking once more right before
//! something leaves.

use super::Script;
use super::change::{classes_in_mode, sendable_classes};
use super::ledger::WholeLedger;
use super::row::{BATCH_BYTES, Batch};
use super::wipe::wipe_over;
use crate::domain::id::{DeliveryId, Lease};
use crate::domain::mail::Intent;
use crate::domain::mode::{Mode, ModeView};
use crate::policy::handover::may_hand_over;
use crate::policy::outbound::{InMode, SendVerdict, judge_delivery};
use crate::policy::rules::{Rules, UnknownKind};
use crate::policy::turn::{Room, choose};
use crate::store::claim::{Claim, LEASE};
use crate::store::error::Result;
use crate::store::mail::{BeforeOffer, HandOver};
use crate::store::notification::{AtDot, Sending};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Leases due recipients whose mail may be handed over.
#[derive(Debug, Clone)]
pub struct ClaimingHandOvers {
    /// At most so many.
    pub limit: i64,
    /// What the operator has set.
    pub rules: Arc<Rules>,
    /// Now.
    pub now: Timestamp,
}

/// Leases due deliveries that may be sent now, in the order of their turns.
///
/// Under the mode, what is blocked and queued (an operator's retry, say) is suppressed here.
#[derive(Debug, Clone, Copy)]
pub struct ClaimingDeliveries {
    /// At most so many.
    pub limit: i64,
    /// What the mode does to those whose kind is not declared.
    pub unknown: UnknownKind,
    /// Now.
    pub now: Timestamp,
    /// The time by which deliveries expire; `None` while the clock is in doubt.
    pub age_at: Option<Timestamp>,
}

/// May claimed mail still be offered to the application?
#[derive(Debug, Clone)]
pub struct AskingToOffer {
    /// What was claimed.
    pub asked: BeforeOffer,
    /// What the operator has set.
    pub rules: Arc<Rules>,
}

/// May the message of a claimed delivery still be written?
#[derive(Debug, Clone, Copy)]
pub struct PassingDot {
    /// What was claimed.
    pub asked: AtDot,
    /// What the mode does to those whose kind is not declared.
    pub unknown: UnknownKind,
    /// Now.
    pub now: Timestamp,
}

/// Extends leases that are still held.
#[derive(Debug, Clone)]
pub struct Renewing {
    /// On what.
    pub work: Leased,
    /// The leases.
    pub leases: Vec<Lease>,
    /// Now.
    pub now: Timestamp,
}

/// What a lease is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leased {
    /// Recipients of incoming mail.
    HandOvers,
    /// Deliveries.
    Deliveries,
}

fn batch(limit: i64, now: Timestamp) -> Batch {
    Batch { lease: Lease::mint(now), limit, now, until: now.saturating_add(LEASE).unwrap_or(Timestamp::MAX) }
}

/// The intents whose mail may be handed over.
fn offered_intents(mode: &Mode, rules: &Rules) -> Vec<Intent> {
    let view = ModeView::Known(mode.clone());
    Intent::ALL.iter().copied().filter(|intent| may_hand_over(*intent, &view, rules)).collect()
}

#[async_trait]
impl Script for ClaimingHandOvers {
    type Answer = Vec<Claim<HandOver>>;

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<Claim<HandOver>>> {
        let mode = ledger.mode().await?;
        ledger.requeue_lapsed_hand_overs(self.now).await?;
        let batch = batch(self.limit, self.now);
        let items = ledger.lease_hand_overs(batch, &offered_intents(&mode, &self.rules)).await?;
        Ok(items.into_iter().map(|item| Claim::new(item, batch.lease, mode.version, self.now)).collect())
    }
}

#[async_trait]
impl Script for AskingToOffer {
    type Answer = bool;

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<bool> {
        let view = ModeView::Known(ledger.mode().await?);
        Ok(may_hand_over(self.asked.intent, &view, &self.rules) && ledger.holds_hand_over(self.asked.held).await?)
    }
}

#[async_trait]
impl Script for ClaimingDeliveries {
    type Answer = Vec<Claim<Sending>>;

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<Claim<Sending>>> {
        let Self { limit, unknown, now, age_at } = *self;
        let mode = ledger.mode().await?;
        let (version, view) = (mode.version, ModeView::Known(mode));
        ledger.requeue_lapsed_deliveries(now).await?;
        if let Some(age_at) = age_at {
            let expired = ledger.expire(age_at).await?;
            wipe_over(ledger, &expired);
        }
        if view.is_on() {
            let suppressed = ledger.suppress(&classes_in_mode(unknown, InMode::Suppress), version, now).await?;
            wipe_over(ledger, &suppressed);
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
}

#[async_trait]
impl Script for PassingDot {
    type Answer = bool;

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<bool> {
        let view = ModeView::Known(ledger.mode().await?);
        if judge_delivery(self.asked.class, &view, self.unknown) != SendVerdict::Send {
            return Ok(false);
        }
        ledger.mark_dot(self.asked.held, self.now).await
    }
}

#[async_trait]
impl Script for Renewing {
    type Answer = ();

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<()> {
        match self.work {
            Leased::HandOvers => ledger.renew_hand_overs(&self.leases, self.now).await,
            Leased::Deliveries => ledger.renew_deliveries(&self.leases, self.now).await,
        }
    }
}
