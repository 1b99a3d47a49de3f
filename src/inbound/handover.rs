//! Hands accepted mail over to the application, in order of arrival, as many at once as the inbox
//! accepts.
//!
//! Each claim is offered under its lease and settled by it; claims offered together are settled in
//! one commit. When the application accepts nothing, the flow stands still and the claims return to
//! the queue uncounted: no mail loses an attempt. A mail over which alone the application fails is
//! set aside (`suspect`). When the application is read-only, the alarm compares that with Postern's
//! own mode, and a change of Postern's mode triggers a new attempt at once. There is one worker;
//! order of arrival matters more here than speed.

mod suspect;

use super::port::{AppInbox, HandOverAnswer};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::{ModeView, Version};
use crate::pace::complaint::Complaint;
use crate::pace::lease::LeaseClock;
use crate::pace::pause::{Pass, Standstill};
use crate::policy::handover::{Answer, read_only_beside};
use crate::policy::rules::{AcceptedBefore, Rules};
use crate::store::Store;
use crate::store::claim::{Claim, Settlement};
use crate::store::desk::{Cause, Flow};
use crate::store::error::Result;
use crate::store::mail::HandOver;
use jiff::Timestamp;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use suspect::Suspect;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Mails claimed at once, unless the inbox accepts more together; small, because all of them wait
/// for each other.
const BATCH: i64 = 32;
/// How long the worker waits for a wake-up before it checks the queue anyway (a hint may be lost,
/// another process may have added mail).
const POLL: Duration = Duration::from_millis(500);

/// The hand-over worker.
pub struct HandOvers {
    store: Arc<dyn Store>,
    inbox: Arc<dyn AppInbox>,
    rules: Arc<Rules>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    standstill: Standstill,
    /// The mode's version when a read-only application was last tried.
    asked_under: AtomicI64,
    suspect: Suspect,
    complaint: Complaint,
}

impl HandOvers {
    /// A worker that `wake` wakes up.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        inbox: Arc<dyn AppInbox>,
        rules: Arc<Rules>,
        clock: Arc<dyn Clock>,
        wake: Arc<Notify>,
    ) -> Self {
        let standstill = Standstill::new(Flow::HandOver, Arc::clone(&store), Arc::clone(&clock));
        let (asked_under, suspect, complaint) = (AtomicI64::new(0), Suspect::default(), Complaint::default());
        Self { store, inbox, rules, clock, wake, standstill, asked_under, suspect, complaint }
    }

    /// Runs until `stop`; offers in progress at that time are finished and settled.
    pub async fn run(&self, stop: CancellationToken) {
        self.standstill.forget().await;
        while !stop.is_cancelled() {
            // Registered before looking, so that a wake-up in between is not lost.
            let woken = self.wake.notified();
            let more = match self.tick(&stop).await {
                Ok(count) => {
                    self.complaint.is_over("Hand-overs go on");
                    count > 0
                }
                Err(error) => {
                    self.complaint.about("Hand-overs wait", &error);
                    false
                }
            };
            if !more {
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    /// One turn: claims what is due and offers it. Returns the number of settled mails.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tick(&self, stop: &CancellationToken) -> Result<usize> {
        self.standstill.heed_others().await;
        if self.flag_has_moved().await {
            self.standstill.hasten();
        }
        let Some(pass) = self.standstill.pass() else { return Ok(0) };
        let limit = match pass.is_probe() {
            // The suspect, and the next mail that tells whether it is at fault.
            true if self.suspect.is_ripe() => 2,
            true => 1,
            false => BATCH.max(i64::try_from(self.inbox.together()).unwrap_or(BATCH)),
        };
        let lease = LeaseClock::start(Arc::clone(&self.clock));
        let claims = self.store.claim_hand_overs(limit, Arc::clone(&self.rules), self.clock.now()).await?;
        let Some(first) = claims.first() else { return Ok(0) };
        let token = first.lease;
        let store = Arc::clone(&self.store);
        let renew = |now| {
            let store = Arc::clone(&store);
            async move { store.renew_hand_overs(vec![token], now).await }
        };
        lease.keep(self.work(claims, pass, &lease, stop), renew).await
    }

    async fn work(
        &self,
        mut claims: Vec<Claim<HandOver>>,
        first_pass: Pass<'_>,
        lease: &LeaseClock,
        stop: &CancellationToken,
    ) -> Result<usize> {
        let mut settled = 0;
        let mut first_pass = Some(first_pass);
        while !claims.is_empty() {
            let pass = first_pass.take().or_else(|| self.standstill.pass());
            let Some(mut pass) = pass.filter(|_| !stop.is_cancelled() && lease.is_live()) else {
                self.give_back(claims).await?;
                break;
            };
            let (count, flow) = self.round(&mut claims, lease).await?;
            settled += count;
            if count > 0 && self.standstill.end().await {
                pass = self.standstill.pass().unwrap_or(pass);
            }
            if let ControlFlow::Break(pausing) = flow {
                if let Some(pausing) = pausing {
                    self.pause(pausing, pass).await;
                }
                self.give_back(claims).await?;
                break;
            }
        }
        Ok(settled)
    }

    /// Offers as many of `claims` as the inbox accepts together and settles the answered ones.
    /// Returns their number, and whether the rest must wait because the application pauses or
    /// because they may no longer be offered.
    async fn round(
        &self,
        claims: &mut Vec<Claim<HandOver>>,
        lease: &LeaseClock,
    ) -> Result<(usize, ControlFlow<Option<Pausing>>)> {
        let together = self.allowed(&claims[..self.inbox.together().clamp(1, claims.len())]).await?;
        if together == 0 {
            return Ok((0, ControlFlow::Break(None)));
        }
        let (done, pausing) = split(self.inbox.offer_together(&claims[..together]).await, claims);
        let rest = claims.split_off(done.len().min(together));
        let settled = claims.len();
        self.settle(std::mem::replace(claims, rest), done).await?;
        let Some(pausing) = pausing else {
            let flow = if settled == together { ControlFlow::Continue(()) } else { ControlFlow::Break(None) };
            return Ok((settled, flow));
        };
        let (examined, pausing) = self.examine(pausing, claims, lease).await?;
        let flow = pausing.map_or(ControlFlow::Continue(()), |pausing| ControlFlow::Break(Some(pausing)));
        Ok((settled + examined, flow))
    }

    /// Starts a standstill and logs why.
    async fn pause(&self, pause: Pausing, pass: Pass<'_>) {
        let mut failure = pause.failure;
        if pause.cause == Cause::ReadOnly {
            let mode = self.store.mode().await.map_or(ModeView::Unknown, ModeView::Known);
            self.asked_under.store(mode.version().unwrap_or_default().0, Ordering::Relaxed);
            // The observation first, then the possible explanation.
            failure = Failure::temporary(format!("{}. {}", failure.text, read_only_beside(&mode)));
        }
        self.standstill.begin(pass, pause.cause, &failure, pause.asked).await;
        count("paused");
    }

    /// Whether Postern's mode has changed since a read-only application was last tried. If so, the
    /// application's mode may have changed too.
    async fn flag_has_moved(&self) -> bool {
        if self.standstill.cause() != Some(Cause::ReadOnly) {
            return false;
        }
        let version = self.store.mode().await.map_or(Version::NONE, |mode| mode.version);
        version != Version::NONE && version.0 != self.asked_under.load(Ordering::Relaxed)
    }

    /// How many of these claims, from the first on, may be offered now. Only a rule that makes
    /// accepted mail wait can forbid it after the claim; then the store is asked under the fence,
    /// so that no mail is offered after a change that forbids it.
    async fn allowed(&self, claims: &[Claim<HandOver>]) -> Result<usize> {
        if self.rules.accepted_before == AcceptedBefore::Finish {
            return Ok(claims.len());
        }
        for (place, claim) in claims.iter().enumerate() {
            if !self.store.may_offer(claim, Arc::clone(&self.rules)).await? {
                return Ok(place);
            }
        }
        Ok(claims.len())
    }

    /// Ends each claim with its settlement.
    async fn settle(&self, claims: Vec<Claim<HandOver>>, settlements: Vec<Settlement>) -> Result<()> {
        let ended: Vec<_> = claims.into_iter().zip(settlements).collect();
        ended.iter().for_each(|(claim, settlement)| report(claim, settlement));
        self.store.settle_hand_overs(ended, self.clock.now()).await.map(drop)
    }

    async fn give_back(&self, claims: Vec<Claim<HandOver>>) -> Result<()> {
        let now = self.clock.now();
        for claim in claims {
            // Due at its arrival time, so that the order is kept.
            let due = claim.item.received_at;
            self.store.release_hand_over(claim, due, now).await?;
        }
        Ok(())
    }
}

/// The application accepts no more: why, and until when if it said so.
struct Pausing {
    cause: Cause,
    failure: Failure,
    asked: Option<Timestamp>,
    /// Whether the offered mail may be at fault.
    is_stumble: bool,
}

/// Interprets one answer: how to settle the claim, or why the application accepts no more.
fn read(answer: HandOverAnswer, claim: Option<&Claim<HandOver>>) -> std::result::Result<Settlement, Pausing> {
    let is_stumble = answer.word() == Answer::Stumble;
    let pausing =
        |cause, failure: &Failure, asked| Pausing { cause, failure: naming(failure, claim), asked, is_stumble };
    match answer {
        HandOverAnswer::Done(reply) => Ok(Settlement::Done(reply)),
        HandOverAnswer::Unusable(failure) => Ok(Settlement::Failed(failure)),
        HandOverAnswer::Stumble(failure, asked) | HandOverAnswer::Pause(failure, asked) => {
            Err(pausing(Cause::Trouble, &failure, asked))
        }
        HandOverAnswer::ReadOnly(failure, asked) => Err(pausing(Cause::ReadOnly, &failure, asked)),
    }
}

/// Interprets the answers to `claims`: the settlements, and why the application accepts no more.
fn split(answers: Vec<HandOverAnswer>, claims: &[Claim<HandOver>]) -> (Vec<Settlement>, Option<Pausing>) {
    let mut settlements = Vec::with_capacity(answers.len());
    for (place, answer) in answers.into_iter().enumerate() {
        match read(answer, claims.get(place)) {
            Ok(settlement) => settlements.push(settlement),
            Err(pausing) => return (settlements, Some(pausing)),
        }
    }
    (settlements, None)
}

/// The failure with the id of its mail, so that an operator knows which mail the application fails
/// over.
fn naming(failure: &Failure, claim: Option<&Claim<HandOver>>) -> Failure {
    let id = claim.map(|claim| format!(" (offering mail {})", claim.item.recipient_id)).unwrap_or_default();
    Failure { text: format!("{}{id}", failure.text), ..failure.clone() }
}

fn report(claim: &Claim<HandOver>, settlement: &Settlement) {
    let Settlement::Failed(failure) = settlement else { return count("ok") };
    count("permanent");
    tracing::error!(
        recipient.id = %claim.item.recipient_id, reason = failure.text,
        "The application cannot use mail {}: {}; see `postern queue list`", claim.item.recipient_id, failure.text
    );
}

fn count(outcome: &'static str) {
    metrics::counter!("postern_hand_overs_total", "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests;
