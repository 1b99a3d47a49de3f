//! Looking how far a maintenance has drained.

use super::Script;
use super::ledger::WholeLedger;
use crate::domain::mail::Intent;
use crate::domain::mode::ModeView;
use crate::domain::notification::Class;
use crate::policy::handover::may_hand_over;
use crate::policy::outbound::{InMode, in_mode};
use crate::policy::rules::Rules;
use crate::store::drain::Drain;
use crate::store::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Looks how far the maintenance has drained.
#[derive(Debug, Clone)]
pub struct Draining {
    /// What the operator has set.
    pub rules: Arc<Rules>,
    /// Now.
    pub now: Timestamp,
}

#[async_trait]
impl Script for Draining {
    type Answer = Drain;

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Drain> {
        let mode = ledger.mode().await?;
        let view = ModeView::Known(mode.clone());
        let unknown = self.rules.unknown_kind;
        let offered: Vec<Intent> =
            Intent::ALL.iter().copied().filter(|intent| may_hand_over(*intent, &view, &self.rules)).collect();
        let kept_back: Vec<Class> =
            Class::ALL.iter().copied().filter(|class| in_mode(*class, unknown) != InMode::Send).collect();
        let left = ledger.count_left(&kept_back, &offered).await?;
        let drained_at = match view.is_on() && left.is_drained() {
            true => Some(ledger.mark_drained(mode.version, self.now).await?),
            false => None,
        };
        Ok(Drain { mode, left, drained_at })
    }
}
