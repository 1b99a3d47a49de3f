//! What an operator does to what is queued.

use super::change::waiting_classes;
use super::ledger::WholeLedger;
use super::row::Asked;
use super::wipe::wipe_over;
use super::{Entry, Script};
use crate::domain::id::ItemId;
use crate::domain::mode::ModeView;
use crate::policy::rules::UnknownKind;
use crate::store::desk::Action;
use crate::store::error::Result;
use async_trait::async_trait;

/// Does `action` to those of the things asked for to which it applies; answers them.
#[derive(Debug, Clone)]
pub struct Acting {
    /// What is asked for.
    pub asked: Asked,
    /// What is done.
    pub action: Action,
    /// What the mode does to notifications whose kind is not declared.
    pub unknown: UnknownKind,
}

#[async_trait]
impl Script for Acting {
    type Answer = Vec<ItemId>;

    /// Alone: what is wiped or deleted meanwhile would be revived without its message.
    fn entry(&self) -> Entry {
        Entry::alone()
    }

    async fn run<L: WholeLedger>(&self, ledger: &mut L) -> Result<Vec<ItemId>> {
        match self.action {
            Action::Retry => {
                let view = ModeView::Known(ledger.stored_mode().await?);
                ledger.retry(&self.asked, &waiting_classes(&view, self.unknown)).await
            }
            Action::Release => ledger.release_recipients(&self.asked).await,
            Action::Cancel => {
                let (mut ids, over): (Vec<_>, Vec<_>) =
                    ledger.cancel_deliveries(&self.asked).await?.into_iter().unzip();
                wipe_over(ledger, &over);
                ids.extend(ledger.cancel_recipients(&self.asked).await?);
                Ok(ids)
            }
        }
    }
}
