//! The workers: each keeps one line to the relay, claims a batch, sends it and settles it.
//!
//! A worker that finds a full batch wakes the next, so that an idle gateway has one worker looking and a busy one has all
//! of them. When the relay itself is out of order the whole flow stands still and no attempt is counted; one worker at a time
//! probes with one delivery.

use super::deliver::{Consequence, Gate, read_answer};
use super::port::{Line, Relay, SendAnswer};
use crate::clock::Clock;
use crate::pace::complaint::Complaint;
use crate::pace::lease::LeaseClock;
use crate::pace::pause::{Pass, Standstill};
use crate::store::Store;
use crate::store::claim::{Claim, Settled, Settlement};
use crate::store::desk::{Cause, Flow};
use crate::store::error::Result;
use crate::store::notification::Sending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Claimed at once by one worker.
const BATCH: i64 = 32;
/// How long without a wake-up until the queue is looked at anyway.
const POLL: Duration = Duration::from_millis(500);
/// After so many deliveries dropped in a row the relay itself is out of order.
const DROPS: u32 = 3;
/// A line that was not used for so long is closed: relays hang up on idle clients.
const IDLE_LINE: Duration = Duration::from_secs(20);

/// What all workers share.
pub struct Deliveries {
    store: Arc<dyn Store>,
    relay: Arc<dyn Relay>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    first_retry: Duration,
    standstill: Standstill,
    /// Deliveries the relay dropped in a row.
    dropped: AtomicU32,
    complaint: Complaint,
}

impl Deliveries {
    /// Workers that are woken by `wake`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        relay: Arc<dyn Relay>,
        clock: Arc<dyn Clock>,
        wake: Arc<Notify>,
        first_retry: Duration,
    ) -> Self {
        let standstill = Standstill::new(Flow::Relay, Arc::clone(&store), Arc::clone(&clock));
        Self {
            store,
            relay,
            clock,
            wake,
            first_retry,
            standstill,
            dropped: AtomicU32::new(0),
            complaint: Complaint::default(),
        }
    }

    /// Forgets the standstill an earlier process recorded.
    pub async fn begin(&self) {
        self.standstill.forget().await;
    }

    /// One worker, until `stop`; what is being sent then is finished and settled.
    pub async fn run(&self, stop: CancellationToken) {
        let mut line: Option<Box<dyn Line>> = None;
        let mut used_at = self.clock.instant();
        while !stop.is_cancelled() {
            let woken = self.wake.notified();
            let sent = match self.tick(&mut line, &stop).await {
                Ok(sent) => {
                    self.complaint.is_over("Deliveries go on");
                    sent
                }
                Err(error) => {
                    self.complaint.about("Deliveries wait", &error);
                    0
                }
            };
            if sent > 0 {
                used_at = self.clock.instant();
                continue;
            }
            if self.clock.instant().saturating_duration_since(used_at) >= IDLE_LINE
                && let Some(line) = line.take()
            {
                line.close().await;
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
        if let Some(line) = line {
            line.close().await;
        }
    }

    /// One turn: claims what is due and sends it over `line`. Returns how many were claimed.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn tick(&self, line: &mut Option<Box<dyn Line>>, stop: &CancellationToken) -> Result<usize> {
        self.standstill.heed_others().await;
        let Some(pass) = self.standstill.pass() else { return Ok(0) };
        let lease = LeaseClock::start(Arc::clone(&self.clock));
        let limit = if pass.is_probe() { 1 } else { BATCH };
        let claims = self.store.claim_deliveries(limit, self.clock.now()).await?;
        let count = claims.len();
        let Some(first) = claims.first() else { return Ok(0) };
        if i64::try_from(count).is_ok_and(|count| count == BATCH) {
            self.wake.notify_one();
        }
        let token = first.lease;
        let store = Arc::clone(&self.store);
        let renew = |now| {
            let store = Arc::clone(&store);
            async move { store.renew_deliveries(vec![token], now).await }
        };
        lease.keep(self.send_all(claims, pass, line, &lease, stop), renew).await?;
        Ok(count)
    }

    async fn send_all(
        &self,
        claims: Vec<Claim<Sending>>,
        first_pass: Pass<'_>,
        line: &mut Option<Box<dyn Line>>,
        lease: &LeaseClock,
        stop: &CancellationToken,
    ) -> Result<()> {
        let mut settling = JoinSet::new();
        let mut first_pass = Some(first_pass);
        for claim in claims {
            let pass = first_pass.take().or_else(|| self.standstill.pass());
            let Some(pass) = pass.filter(|_| !stop.is_cancelled() && lease.is_live()) else {
                self.give_back(claim, &mut settling);
                continue;
            };
            let answer = self.send(&claim, line, lease).await;
            let was_answered = answer.is_reply();
            match self.consequence(answer, &claim.item) {
                Consequence::Settle(settlement) => {
                    self.report(&claim, &settlement);
                    self.conclude(was_answered, &settlement, pass).await;
                    let (store, now) = (Arc::clone(&self.store), self.clock.now());
                    settling.spawn(async move { store.settle_delivery(claim, settlement, now).await });
                }
                Consequence::GiveBack => self.give_back(claim, &mut settling),
                Consequence::Pause(failure) => {
                    self.standstill.begin(pass, Cause::Trouble, &failure, None).await;
                    self.give_back(claim, &mut settling);
                }
            }
        }
        finish(settling).await
    }

    /// What an answer says about the relay: any reply to a delivery ends a standstill, and a probe without one prolongs it.
    async fn conclude(&self, was_answered: bool, settlement: &Settlement, pass: Pass<'_>) {
        match settlement {
            _ if was_answered => {
                if self.standstill.end().await {
                    self.wake.notify_waiters();
                }
            }
            Settlement::Retry(failure, _) | Settlement::Unknown(failure, _) if pass.is_probe() => {
                self.standstill.begin(pass, Cause::Trouble, failure, None).await;
            }
            Settlement::Done(_) | Settlement::Retry(..) | Settlement::Unknown(..) | Settlement::Failed(_) => {}
        }
    }

    /// What follows from an answer. Several deliveries dropped in a row are the relay's fault, not theirs.
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

    /// Sends one delivery over the kept line, or over a new one when there is none or it was hung up meanwhile.
    async fn send(&self, claim: &Claim<Sending>, line: &mut Option<Box<dyn Line>>, lease: &LeaseClock) -> SendAnswer {
        let asked = AtomicBool::new(false);
        let gate = Gate { store: &self.store, clock: &self.clock, lease, claim, asked };
        if let Some(kept) = line.take().filter(|line| line.is_usable()) {
            match keep(kept, claim, &gate, line).await {
                // That says nothing about the relay. Once more, unless the message may have begun.
                SendAnswer::Unreachable(failure) | SendAnswer::Dropped(failure)
                    if !gate.asked.load(Ordering::Relaxed) =>
                {
                    tracing::debug!(reason = failure.text, "A kept line to the relay was gone");
                }
                answer => return answer,
            }
        }
        match self.relay.open().await {
            Ok(open) => keep(open, claim, &gate, line).await,
            Err(failure) => SendAnswer::Unreachable(failure),
        }
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

/// Waits for every settlement, whatever comes of the others: one that is dropped is a mail that is sent again.
async fn finish(mut settling: JoinSet<Result<Settled>>) -> Result<()> {
    let mut trouble = None;
    while let Some(settled) = settling.join_next().await {
        match settled {
            Ok(Ok(Settled::Recorded)) => {}
            Ok(Ok(Settled::LeaseLost)) => tracing::debug!("A claim was no longer ours when it ended"),
            Ok(Err(error)) => trouble = Some(error),
            Err(error) => tracing::error!(%error, "A settlement did not finish: {error}"),
        }
    }
    trouble.map_or(Ok(()), Err)
}

async fn keep(
    mut open: Box<dyn Line>,
    claim: &Claim<Sending>,
    gate: &Gate<'_>,
    line: &mut Option<Box<dyn Line>>,
) -> SendAnswer {
    let answer = open.send(claim, gate).await;
    if open.is_usable() {
        *line = Some(open);
    }
    answer
}

#[cfg(test)]
mod tests;
