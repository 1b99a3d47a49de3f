//! Mail coming in: each method is one script, run behind the fence.

use super::PostgresStore;
use super::fence::Fence;
use super::row::{ids, micros};
use crate::domain::id::Lease;
use crate::domain::mail::{Envelope, Recipient};
use crate::policy::rules::Rules;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::column::lease_end;
use crate::store::error::Result;
use crate::store::mail::{Admission, BeforeOffer, HandOver, MailStore, Offer, RecipientVerdict};
use crate::store::{admit, work};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

#[async_trait]
impl MailStore for PostgresStore {
    async fn judge(
        &self,
        envelope: Envelope,
        recipients: Vec<Recipient>,
        rules: Arc<Rules>,
    ) -> Result<Vec<RecipientVerdict>> {
        let asked = Arc::new((envelope, recipients));
        self.write(Fence::Shared, move |ledger| {
            let (asked, rules) = (Arc::clone(&asked), Arc::clone(&rules));
            Box::pin(async move { admit::judge(ledger, &asked.0, &asked.1, &rules).await })
        })
        .await
    }

    async fn offer(&self, offer: Arc<Offer>, rules: Arc<Rules>) -> Result<Admission> {
        self.write(Fence::Shared, move |ledger| {
            let (offer, rules) = (Arc::clone(&offer), Arc::clone(&rules));
            Box::pin(async move { admit::offer(ledger, &offer, &rules).await })
        })
        .await
    }

    async fn claim_hand_overs(&self, limit: i64, rules: Arc<Rules>, now: Timestamp) -> Result<Vec<Claim<HandOver>>> {
        self.write(Fence::Shared, move |ledger| {
            let rules = Arc::clone(&rules);
            Box::pin(async move { work::claim_hand_overs(ledger, limit, &rules, now).await })
        })
        .await
    }

    async fn may_offer(&self, claim: &Claim<HandOver>, rules: Arc<Rules>) -> Result<bool> {
        let asked = BeforeOffer::from(claim);
        self.write(Fence::Shared, move |ledger| {
            let rules = Arc::clone(&rules);
            Box::pin(async move { work::may_offer(ledger, asked, &rules).await })
        })
        .await
    }

    async fn settle_hand_overs(
        &self,
        ended: Vec<(Claim<HandOver>, Settlement)>,
        now: Timestamp,
    ) -> Result<Vec<Settled>> {
        let ended = Arc::new(ended);
        self.record(move |ledger| {
            let ended = Arc::clone(&ended);
            Box::pin(async move {
                let mut settled = Vec::with_capacity(ended.len());
                for (claim, settlement) in ended.iter() {
                    settled.push(work::settle_hand_over(ledger, claim, settlement.clone(), now).await?);
                }
                Ok(settled)
            })
        })
        .await
    }

    async fn release_hand_over(
        &self,
        claim: Claim<HandOver>,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Settled> {
        let claim = Arc::new(claim);
        self.record(move |ledger| {
            let claim = Arc::clone(&claim);
            Box::pin(async move { work::release_hand_over(ledger, &claim, not_before, now).await })
        })
        .await
    }

    async fn renew_hand_overs(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()> {
        let leases = ids(&leases);
        self.write(Fence::Shared, move |ledger| {
            let leases = leases.clone();
            Box::pin(async move {
                let update = sqlx::query(
                    "UPDATE recipient SET lease_until = $1
                      WHERE state = 'handing_over' AND lease_until >= $2 AND lease = ANY($3)",
                );
                ledger.execute(update.bind(lease_end(now)).bind(micros(now)).bind(leases)).await.map(drop)
            })
        })
        .await
    }
}
