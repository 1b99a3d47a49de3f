//! One worker and its turns: claim a batch, send it over the kept connection, settle it.
//!
//! A worker that gets a full batch wakes the next one, so that an idle gateway has one worker
//! polling and a busy one has all of them. While the flow stands still, one worker at a time probes
//! with one delivery. A worker whose delivery takes too long returns the rest of its batch and
//! gives its place to another worker. It then waits for the answer under its lease, which it keeps
//! renewing, so that no second copy of the delivery is ever in progress.

use super::Deliveries;
use crate::outbound::deliver::{Consequence, Gate};
use crate::outbound::port::{Line, SendAnswer};
use crate::pace::lease::LeaseClock;
use crate::pace::pause::Pass;
use crate::store::claim::{Claim, Settled};
use crate::store::error::Result;
use crate::store::notification::Sending;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Deliveries claimed at once by one worker.
const BATCH: i64 = 32;
/// How long a worker waits for a wake-up before it checks the queue anyway.
const POLL: Duration = Duration::from_millis(500);
/// How long a connection may be idle before it is closed: relays hang up on idle clients.
const IDLE_LINE: Duration = Duration::from_secs(20);

/// One of the workers, with its connection and its place in the crew.
pub struct Worker<'a> {
    shared: &'a Deliveries,
    line: Option<Box<dyn Line>>,
    /// `None` when it has none yet, or gave it to another worker.
    place: Option<SemaphorePermit<'a>>,
}

impl<'a> Worker<'a> {
    /// A worker without connection and place.
    #[must_use]
    pub fn new(shared: &'a Deliveries) -> Self {
        Self { shared, line: None, place: None }
    }

    /// Runs until `stop`; a delivery in progress at that time is finished and settled.
    pub async fn run(mut self, stop: CancellationToken) {
        let shared = self.shared;
        let mut used_at = shared.clock.instant();
        while !stop.is_cancelled() {
            if self.place.is_none() {
                self.place = stop.run_until_cancelled(shared.crew.place()).await.flatten();
                continue;
            }
            let woken = shared.wake.notified();
            let sent = match self.tick(&stop).await {
                Ok(sent) => {
                    shared.complaint.is_over("Deliveries go on");
                    sent
                }
                Err(error) => {
                    shared.complaint.about("Deliveries wait", &error);
                    0
                }
            };
            if sent > 0 {
                used_at = shared.clock.instant();
                continue;
            }
            if shared.clock.instant().saturating_duration_since(used_at) >= IDLE_LINE {
                self.close().await;
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
        self.close().await;
    }

    /// One turn: claims what is due and sends it. Returns the number of claimed deliveries.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tick(&mut self, stop: &CancellationToken) -> Result<usize> {
        let shared = self.shared;
        shared.standstill.heed_others().await;
        let Some(pass) = shared.standstill.pass() else { return Ok(0) };
        let lease = LeaseClock::start(Arc::clone(&shared.clock));
        let limit = if pass.is_probe() { 1 } else { BATCH };
        let claims = shared.store.claim_deliveries_by(limit, shared.clock.now(), shared.steady.now()).await?;
        let count = claims.len();
        let Some(first) = claims.first() else { return Ok(0) };
        if i64::try_from(count).is_ok_and(|count| count == BATCH) {
            shared.wake.notify_one();
        }
        let token = first.lease;
        let renew = |now| {
            let store = Arc::clone(&shared.store);
            async move { store.renew_deliveries(vec![token], now).await }
        };
        lease.keep(self.send_all(claims.into(), pass, &lease, stop), renew).await?;
        Ok(count)
    }

    async fn send_all(
        &mut self,
        mut claims: VecDeque<Claim<Sending>>,
        first_pass: Pass<'_>,
        lease: &LeaseClock,
        stop: &CancellationToken,
    ) -> Result<()> {
        let shared = self.shared;
        let mut settling = JoinSet::new();
        let mut first_pass = Some(first_pass);
        while let Some(claim) = claims.pop_front() {
            let pass = first_pass.take().or_else(|| shared.standstill.pass());
            let Some(mut pass) = pass.filter(|_| !stop.is_cancelled() && lease.is_live()) else {
                shared.give_back(claim, &mut settling);
                continue;
            };
            let rest = Rest { claims: &mut claims, settling: &mut settling };
            let answer = self.send_or_step_aside(&claim, &mut pass, lease, rest).await;
            let was_answered = answer.is_reply();
            match shared.consequence(answer, &claim.item) {
                Consequence::Settle(settlement) => {
                    shared.report(&claim, &settlement);
                    shared.conclude(was_answered, &settlement, pass).await;
                    shared.settle(claim, settlement, &mut settling);
                }
                Consequence::GiveBack => shared.give_back(claim, &mut settling),
                Consequence::Pause(failure) => {
                    shared.stand_still(pass, &failure).await;
                    shared.give_back(claim, &mut settling);
                }
            }
        }
        finish(settling).await
    }

    /// Sends one delivery. When that takes too long, returns the rest of the batch and gives the
    /// place to another worker; the wait itself continues.
    async fn send_or_step_aside(
        &mut self,
        claim: &Claim<Sending>,
        pass: &mut Pass<'_>,
        lease: &LeaseClock,
        rest: Rest<'_>,
    ) -> SendAnswer {
        let shared = self.shared;
        let asked = AtomicBool::new(false);
        let gate = Gate { store: &shared.store, clock: &shared.clock, lease, claim, asked: &asked };
        let answer = {
            let mut sending = pin!(send(shared, claim, &mut self.line, &gate));
            if let Ok(answer) = tokio::time::timeout(shared.crew.slow(), &mut sending).await {
                return answer;
            }
            let _waiting = shared.crew.wait(shared.clock.now());
            for claim in rest.claims.drain(..) {
                shared.give_back(claim, rest.settling);
            }
            self.place = None;
            if asked.load(Ordering::Relaxed) {
                // The relay answers up to the dot, so another delivery may probe further.
                pass.leave();
            }
            sending.await
        };
        // Without a place a worker may not keep a connection.
        self.close().await;
        answer
    }

    async fn close(&mut self) {
        if let Some(line) = self.line.take() {
            line.close().await;
        }
    }
}

/// The rest of a batch, and the settlements in progress.
struct Rest<'a> {
    claims: &'a mut VecDeque<Claim<Sending>>,
    settling: &'a mut JoinSet<Result<Settled>>,
}

/// Sends one delivery over the kept connection, or over a new one when there is none or the relay
/// hung up meanwhile.
async fn send(
    shared: &Deliveries,
    claim: &Claim<Sending>,
    line: &mut Option<Box<dyn Line>>,
    gate: &Gate<'_>,
) -> SendAnswer {
    if let Some(kept) = line.take().filter(|line| line.is_usable()) {
        match send_over(kept, claim, gate, line).await {
            // A kept connection that fails says nothing about the relay. Retry once, unless the
            // message may have begun.
            SendAnswer::Unreachable(failure) | SendAnswer::Dropped(failure) if !gate.asked.load(Ordering::Relaxed) => {
                tracing::debug!(reason = failure.text, "A kept line to the relay was gone");
            }
            answer => return answer,
        }
    }
    match shared.relay.open().await {
        Ok(open) => send_over(open, claim, gate, line).await,
        Err(failure) => SendAnswer::Unreachable(failure),
    }
}

/// Sends one delivery over `open`, and keeps that in `line` while it is usable.
async fn send_over(
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

/// Waits for every settlement, even when one fails: without its settlement, a sent mail would be
/// sent again.
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
