//! The writing halves of the stores, written once: each method is one script.

use super::Scripts;
use super::admit::{Judging, Offering};
use super::change::Changing;
use super::drain::Draining;
use super::end::{End, Endable, EndingClaims};
use super::enqueue::Enqueueing;
use super::timetable::{Cancelling, Keeping, Scheduling};
use super::work::{AskingToOffer, ClaimingDeliveries, ClaimingHandOvers, Leased, PassingDot, Renewing};
use crate::domain::id::{Lease, WindowId};
use crate::domain::mail::{Envelope, Recipient};
use crate::domain::mode::{Change, Version};
use crate::domain::window::Window;
use crate::policy::rules::Rules;
use crate::policy::window::Confidence;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::drain::Drain;
use crate::store::error::Result;
use crate::store::mail::{HandOver, MailStore, Offer, OfferAnswer, RecipientVerdict};
use crate::store::mode::{Author, Changed, ModeRows, ModeStore};
use crate::store::notification::{Enqueued, NewNotification, NotificationRows, NotificationStore, Sending};
use crate::store::window::{Cancelled, Kept, Scheduled, WindowRows, WindowStore};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Ends one claim.
async fn end_one<S: Scripts, T: Endable>(store: &S, claim: Claim<T>, end: End, now: Timestamp) -> Result<Settled> {
    let ended = store.enter(EndingClaims { ended: vec![(claim, end)], now }).await?;
    Ok(ended.into_iter().next().unwrap_or(Settled::LeaseLost))
}

#[async_trait]
impl<S: Scripts> MailStore for S {
    async fn judge(
        &self,
        envelope: Envelope,
        recipients: Vec<Recipient>,
        rules: Arc<Rules>,
    ) -> Result<Vec<RecipientVerdict>> {
        self.enter(Judging { envelope, recipients, rules }).await
    }

    async fn offer(&self, offer: Arc<Offer>, rules: Arc<Rules>) -> Result<Vec<OfferAnswer>> {
        self.enter(Offering { offer, rules }).await
    }

    async fn claim_hand_overs(&self, limit: i64, rules: Arc<Rules>, now: Timestamp) -> Result<Vec<Claim<HandOver>>> {
        self.enter(ClaimingHandOvers { limit, rules, now }).await
    }

    async fn may_offer(&self, claim: &Claim<HandOver>, rules: Arc<Rules>) -> Result<bool> {
        self.enter(AskingToOffer { asked: claim.into(), rules }).await
    }

    async fn settle_hand_overs(
        &self,
        ended: Vec<(Claim<HandOver>, Settlement)>,
        now: Timestamp,
    ) -> Result<Vec<Settled>> {
        let ended = ended.into_iter().map(|(claim, settlement)| (claim, End::Settled(settlement))).collect();
        self.enter(EndingClaims { ended, now }).await
    }

    async fn release_hand_over(
        &self,
        claim: Claim<HandOver>,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Settled> {
        end_one(self, claim, End::GivenBack(not_before), now).await
    }

    async fn renew_hand_overs(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()> {
        self.enter(Renewing { work: Leased::HandOvers, leases, now }).await
    }
}

#[async_trait]
impl<S: Scripts + NotificationRows> NotificationStore for S {
    async fn enqueue(&self, notifications: Vec<Arc<NewNotification>>) -> Result<Vec<Enqueued>> {
        self.enter(Enqueueing { notifications, unknown: self.unknown_kind() }).await
    }

    async fn claim_deliveries_by(
        &self,
        limit: i64,
        now: Timestamp,
        age_at: Option<Timestamp>,
    ) -> Result<Vec<Claim<Sending>>> {
        self.enter(ClaimingDeliveries { limit, unknown: self.unknown_kind(), now, age_at }).await
    }

    async fn pass_dot(&self, claim: &Claim<Sending>, now: Timestamp) -> Result<bool> {
        self.enter(PassingDot { asked: claim.into(), unknown: self.unknown_kind(), now }).await
    }

    async fn settle_delivery(&self, claim: Claim<Sending>, settlement: Settlement, now: Timestamp) -> Result<Settled> {
        end_one(self, claim, End::Settled(settlement), now).await
    }

    async fn release_delivery(&self, claim: Claim<Sending>, not_before: Timestamp, now: Timestamp) -> Result<Settled> {
        end_one(self, claim, End::GivenBack(not_before), now).await
    }

    async fn renew_deliveries(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()> {
        self.enter(Renewing { work: Leased::Deliveries, leases, now }).await
    }
}

#[async_trait]
impl<S: Scripts + ModeRows> ModeStore for S {
    async fn change_mode(
        &self,
        change: Change,
        expected: Option<Version>,
        author: Author,
        now: Timestamp,
    ) -> Result<Changed> {
        let changed = self.enter(Changing { change, expected, author, unknown: self.unknown_kind(), now }).await?;
        // Only now: what was not committed was not seen.
        self.known().note(changed.mode().version);
        Ok(changed)
    }

    async fn drain(&self, rules: Arc<Rules>, now: Timestamp) -> Result<Drain> {
        self.enter(Draining { rules, now }).await
    }
}

#[async_trait]
impl<S: Scripts + WindowRows> WindowStore for S {
    async fn schedule(&self, window: Window, now: Timestamp) -> Result<Scheduled> {
        self.enter(Scheduling { window, now }).await
    }

    async fn cancel_window(&self, id: WindowId, by: String, now: Timestamp) -> Result<Cancelled> {
        self.enter(Cancelling { id, by, now }).await
    }

    async fn keep_windows(&self, confidence: Confidence, now: Timestamp) -> Result<Vec<Kept>> {
        self.enter(Keeping { confidence, unknown: self.unknown_kind(), now }).await
    }
}
