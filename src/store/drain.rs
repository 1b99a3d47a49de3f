//! Draining: is anything decided before the mode came on still under way? Looked at under the fence, so that the answer counts
//! every transaction that could still have committed under an older version.

use super::error::Result;
use super::ledger::ModeLedger;
use crate::domain::mail::Intent;
use crate::domain::mode::{Mode, ModeView};
use crate::domain::notification::Class;
use crate::policy::handover::may_hand_over;
use crate::policy::outbound::{InMode, in_mode};
use crate::policy::rules::Rules;
use async_trait::async_trait;
use jiff::Timestamp;

/// What is left, counted in one transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Left {
    /// Mails being handed over, but for those that this maintenance itself accepted (for postmaster).
    pub hand_overs: i64,
    /// Deliveries of blocked classes being sent.
    pub blocked_deliveries: i64,
    /// Mails accepted before the mode came on that are still to be handed over in it.
    pub due_hand_overs: i64,
    /// All that is kept for later: mails waiting or held, deliveries queued or being sent.
    pub kept: i64,
}

impl Left {
    /// Is nothing decided before under way?
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.hand_overs == 0 && self.blocked_deliveries == 0 && self.due_hand_overs == 0
    }

    /// Is nothing left at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_drained() && self.kept == 0
    }
}

/// How far a maintenance is on record to have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The mode.
    pub mode: Mode,
    /// When nothing was under way for the first time under its version.
    pub drained_at: Option<Timestamp>,
}

/// How far a maintenance has drained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drain {
    /// The mode it was looked at under.
    pub mode: Mode,
    /// What is left.
    pub left: Left,
    /// When nothing was under way for the first time under this version; on record in the history.
    pub drained_at: Option<Timestamp>,
}

impl Drain {
    /// Is the mode on, and nothing decided before under way?
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.drained_at.is_some() && self.left.is_drained()
    }

    /// Is it drained, and nothing left at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_drained() && self.left.is_empty()
    }
}

/// Counting what is left, inside a transaction.
#[async_trait]
pub trait DrainLedger: ModeLedger {
    /// Counts; `blocked` are the classes the mode keeps back, `offered` the intents that are handed over in it.
    async fn count_left(&mut self, blocked: &[Class], offered: &[Intent]) -> Result<Left>;
    /// Records that this version is drained, unless it is on record already; says since when.
    async fn mark_drained(&mut self, version: i64, now: Timestamp) -> Result<Timestamp>;
}

/// Looks how far the maintenance has drained.
pub async fn drain<L: DrainLedger>(ledger: &mut L, rules: &Rules, now: Timestamp) -> Result<Drain> {
    let mode = ledger.mode().await?;
    let view = ModeView::Known(mode.clone());
    let offered: Vec<Intent> = Intent::ALL.iter().copied().filter(|i| may_hand_over(*i, &view, rules)).collect();
    let kept_back: Vec<Class> =
        Class::ALL.iter().copied().filter(|class| in_mode(*class, rules.unknown_kind) != InMode::Send).collect();
    let left = ledger.count_left(&kept_back, &offered).await?;
    let drained_at = match view.is_on() && left.is_drained() {
        true => Some(ledger.mark_drained(mode.version, now).await?),
        false => None,
    };
    Ok(Drain { mode, left, drained_at })
}
