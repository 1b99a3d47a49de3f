//! The workers: their shared state, and the monitor that watches them.
//!
//! Each worker keeps one connection to the relay, claims a batch, sends it and settles it (`turn`).
//! When the relay itself is out of order, the whole flow stands still and no attempt is counted.
//! When the relay leaves every connection without an answer, that is recorded as a standstill too,
//! so that the pages, the console and the readiness report show it.

mod turn;

use super::crew::Crew;
use super::deliver::{Consequence, read_answer};
use super::port::{Relay, SendAnswer};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::flag::steadiness::SteadyClock;
use crate::pace::complaint::Complaint;
use crate::pace::pause::{Pass, Standstill};
use crate::store::Store;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::desk::{Cause, Flow};
use crate::store::error::Result;
use crate::store::notification::Sending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
pub use turn::Worker;

/// Consecutive dropped deliveries after which the relay itself counts as out of order.
const DROPS: u32 = 3;
/// How long every connection may wait for the relay before an operator is alerted, in seconds.
const STUCK: i64 = 60;
/// Longest wait for the answer to a dot (RFC 5321 §4.5.3.2.6); after it the first connection gives
/// up.
const LONGEST_DOT: Duration = Duration::from_secs(600);
/// How often the monitor looks. It repeats a record that still holds, because another process may
/// have removed it.
const WATCH: Duration = Duration::from_secs(10);

/// The state that all workers share.
pub struct Deliveries {
    store: Arc<dyn Store>,
    relay: Arc<dyn Relay>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    first_retry: Duration,
    /// The clock by which deliveries expire.
    steady: Arc<SteadyClock>,
    crew: Crew,
    standstill: Standstill,
    /// Consecutive deliveries that the relay dropped.
    dropped: AtomicU32,
    complaint: Complaint,
}

impl Deliveries {
    /// Workers that `wake` wakes up, as many as `crew` has members.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        relay: Arc<dyn Relay>,
        clock: Arc<dyn Clock>,
        steady: Arc<SteadyClock>,
        wake: Arc<Notify>,
        first_retry: Duration,
        crew: Crew,
    ) -> Self {
        let standstill = Standstill::new(Flow::Relay, Arc::clone(&store), Arc::clone(&clock));
        let (dropped, complaint) = (AtomicU32::new(0), Complaint::default());
        Self { store, relay, clock, wake, first_retry, steady, crew, standstill, dropped, complaint }
    }

    /// Removes the standstill that an earlier process recorded.
    pub async fn begin(&self) {
        self.standstill.forget().await;
    }

    /// The number of workers to run.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.crew.members()
    }

    /// Runs one worker until `stop`; a delivery in progress at that time is finished and settled.
    pub async fn run(&self, stop: CancellationToken) {
        Worker::new(self).run(stop).await;
    }

    /// Monitors the workers until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(WATCH)).await.is_some() {
            self.look().await;
        }
    }

    /// Records whether every connection has waited for the relay longer than an operator should be
    /// left unaware.
    pub async fn look(&self) {
        let since = self.crew.stuck_since();
        let since = since.filter(|since| self.clock.now().duration_since(*since).as_secs() >= STUCK);
        let lines = self.crew.members();
        let words = format!("all {lines} lines to {} wait for its answer to a message", self.relay.name());
        self.standstill
            .stuck(since.map(|since| (since, since.saturating_add(LONGEST_DOT).unwrap_or(since))), &words)
            .await;
    }

    /// Draws conclusions about the relay: any reply to a delivery ends a standstill, and a probe
    /// without a reply prolongs it.
    async fn conclude(&self, was_answered: bool, settlement: &Settlement, pass: Pass<'_>) {
        match settlement {
            _ if was_answered => {
                if self.standstill.end().await {
                    self.wake.notify_waiters();
                }
            }
            Settlement::Retry(failure, _) | Settlement::Unknown(failure, _) if pass.is_probe() => {
                self.stand_still(pass, failure).await;
            }
            Settlement::Done(_) | Settlement::Retry(..) | Settlement::Unknown(..) | Settlement::Failed(_) => {}
        }
    }

    async fn stand_still(&self, pass: Pass<'_>, failure: &Failure) {
        self.standstill.begin(pass, Cause::Trouble, failure, None).await;
    }

    /// The consequence of an answer. Several deliveries dropped in a row are the relay's fault, not
    /// the deliveries'.
    fn consequence(&self, answer: SendAnswer, item: &Sending) -> Consequence {
        match answer {
            SendAnswer::Dropped(failure) if self.dropped.fetch_add(1, Ordering::Relaxed) + 1 >= DROPS => {
                Consequence::Pause(failure)
            }
            answer => {
                if answer.is_reply() {
                    self.dropped.store(0, Ordering::Relaxed);
                }
                read_answer(answer, item, self.first_retry, self.clock.now())
            }
        }
    }

    fn settle(&self, claim: Claim<Sending>, settlement: Settlement, settling: &mut JoinSet<Result<Settled>>) {
        let (store, now) = (Arc::clone(&self.store), self.clock.now());
        settling.spawn(async move { store.settle_delivery(claim, settlement, now).await });
    }

    fn give_back(&self, claim: Claim<Sending>, settling: &mut JoinSet<Result<Settled>>) {
        let (store, now) = (Arc::clone(&self.store), self.clock.now());
        settling.spawn(async move { store.release_delivery(claim, now, now).await });
    }

    fn report(&self, claim: &Claim<Sending>, settlement: &Settlement) {
        let class = claim.item.class.as_str();
        let outcome = match settlement {
            Settlement::Done(_) => "ok",
            Settlement::Retry(..) => "temporary",
            Settlement::Unknown(..) => "unknown",
            Settlement::Failed(_) => "permanent",
        };
        metrics::counter!("postern_attempts_total", "class" => class, "outcome" => outcome).increment(1);
        if let Settlement::Failed(failure) | Settlement::Unknown(failure, _) = settlement {
            tracing::warn!(
                delivery.id = %claim.item.delivery_id, reason = failure.text, outcome,
                "The delivery {} ended as {outcome}: {}", claim.item.delivery_id, failure.text
            );
        }
    }
}

#[cfg(test)]
mod tests;
