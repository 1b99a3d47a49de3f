//! Mail coming in: each method is one script, run by the writer.

use super::ledger::Foresight;
use super::row::micros;
use super::{Failing, SqliteStore};
use crate::domain::id::Lease;
use crate::domain::mail::{Envelope, Recipient};
use crate::policy::rules::Rules;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::column::lease_end;
use crate::store::error::Result;
use crate::store::mail::{Admission, BeforeOffer, HandOver, MailStore, Offer, RecipientVerdict};
use crate::store::{admit, work};
use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use std::sync::Arc;

#[async_trait]
impl MailStore for SqliteStore {
    async fn judge(
        &self,
        envelope: Envelope,
        recipients: Vec<Recipient>,
        rules: Arc<Rules>,
    ) -> Result<Vec<RecipientVerdict>> {
        let asked = Arc::new((envelope, recipients));
        self.writer
            .write_own(0, Foresight::default(), move |ledger| {
                let (asked, rules) = (Arc::clone(&asked), Arc::clone(&rules));
                Box::pin(async move { admit::judge(ledger, &asked.0, &asked.1, &rules).await })
            })
            .await
    }

    async fn offer(&self, offer: Arc<Offer>, rules: Arc<Rules>) -> Result<Admission> {
        let contents = offer.recipients.iter().map(|recipient| admit::content_hash(&offer, recipient)).collect();
        let foresight = Foresight { contents, ..Foresight::default() };
        self.writer
            .write_own(offer.raw.len(), foresight, move |ledger| {
                let (offer, rules) = (Arc::clone(&offer), Arc::clone(&rules));
                Box::pin(async move { admit::offer(ledger, &offer, &rules).await })
            })
            .await
    }

    async fn claim_hand_overs(&self, limit: i64, rules: Arc<Rules>, now: Timestamp) -> Result<Vec<Claim<HandOver>>> {
        self.writer
            .write(0, move |ledger| {
                let rules = Arc::clone(&rules);
                Box::pin(async move { work::claim_hand_overs(ledger, limit, &rules, now).await })
            })
            .await
    }

    async fn may_offer(&self, claim: &Claim<HandOver>, rules: Arc<Rules>) -> Result<bool> {
        let asked = BeforeOffer::from(claim);
        self.writer
            .write(0, move |ledger| {
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
        let settle = |(claim, settlement): (Claim<HandOver>, Settlement)| {
            let claim = Arc::new(claim);
            let foresight = Foresight { recipients: vec![claim.item.recipient_id], ..Foresight::default() };
            self.writer.record(foresight, move |ledger| {
                let (claim, settlement) = (Arc::clone(&claim), settlement.clone());
                Box::pin(async move { work::settle_hand_over(ledger, &claim, settlement, now).await })
            })
        };
        // All of them, whatever comes of one; polled together, the writer groups them.
        join_all(ended.into_iter().map(settle)).await.into_iter().collect()
    }

    async fn release_hand_over(
        &self,
        claim: Claim<HandOver>,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Settled> {
        let claim = Arc::new(claim);
        self.writer
            .record(Foresight::default(), move |ledger| {
                let claim = Arc::clone(&claim);
                Box::pin(async move { work::release_hand_over(ledger, &claim, not_before, now).await })
            })
            .await
    }

    async fn renew_hand_overs(&self, leases: Vec<Lease>, now: Timestamp) -> Result<()> {
        self.writer
            .write(0, move |ledger| {
                let (leases, until) = renewal(&leases, now);
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE recipient SET lease_until = $1 WHERE state = 'handing_over' AND lease_until >= $2
                            AND lease IN (SELECT value FROM json_each($3))",
                    )
                    .bind(until)
                    .bind(micros(now))
                    .bind(leases)
                    .execute(ledger.connection())
                    .await
                    .or_fail()
                    .map(drop)
                })
            })
            .await
    }
}

/// The leases as JSON and the time they are renewed to.
pub(super) fn renewal(leases: &[Lease], now: Timestamp) -> (String, i64) {
    (serde_json::json!(leases).to_string(), lease_end(now))
}
