//! Standstill: when the application or the relay accepts nothing at all, its flow waits instead of
//! using up attempts.
//!
//! All workers of a flow share one standstill, and every attempt needs a [`Pass`]. One outage
//! counts once: a failure is ignored when its attempt began before the standstill did, or before
//! the last one ended. While the flow stands still, it sends one probe at a time, the first after a
//! second; the first success lets all workers continue.
//!
//! The standstill is recorded in the store, so that every command and page can say why items wait.
//! Processes that share a store each keep their own, because one of them may be cut off alone. When
//! the record disappears, another process got through, and this one probes at once. A record that
//! no process renews any more is removed.

use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::policy::retry::back_off;
use crate::store::Store;
use crate::store::desk::{Cause, Flow, Pause};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// First wait; short, since most outages are restarts.
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait, unless the peer asks for a longer one.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// Longest wait that the peer may ask for: a wrong `Retry-After` must not stop a flow for days.
const MAX_ASKED: Duration = Duration::from_secs(3600);
/// How often a flow at a standstill checks the record for another process's success.
const LOOK: Duration = Duration::from_secs(1);
/// How often a moving flow looks for a record that no process renews.
const SWEEP: Duration = Duration::from_secs(60);
/// How long after its next attempt was due a record counts as abandoned: by then every probe has
/// ended, including the wait for its final reply.
const ABANDONED: Duration = Duration::from_secs(900);

/// Whether one flow is at a standstill.
pub struct Standstill {
    flow: Flow,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held while the record is read or written, so that an older state never overwrites a newer
    /// one.
    recording: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    pause: Option<Pause>,
    /// Recorded as a standstill although attempts are allowed: no connection is free to make one.
    stuck: Option<Pause>,
    /// Grows with every counted failure and every end of a standstill.
    epoch: u64,
    is_probing: bool,
    is_recorded: bool,
    /// The next attempt by the monotonic clock: a wall clock that is set back must not prolong the
    /// wait.
    due_at: Option<Instant>,
    looked_at: Option<Instant>,
}

/// Permission for one attempt. Dropping a probe's pass frees its place.
pub struct Pass<'a> {
    standstill: &'a Standstill,
    epoch: u64,
    is_probe: bool,
}

impl Pass<'_> {
    /// Whether this attempt is the probe of a flow at a standstill.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Lets another worker probe; the outcome of this attempt still counts.
    pub fn leave(&mut self) {
        if std::mem::take(&mut self.is_probe) {
            let mut state = self.standstill.lock();
            if state.epoch == self.epoch {
                state.is_probing = false;
            }
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Standstill {
    /// A flow that moves.
    #[must_use]
    pub fn new(flow: Flow, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { flow, store, clock, state: Mutex::default(), recording: tokio::sync::Mutex::default() }
    }

    /// Permission for one attempt; `None` while the flow waits for its next probe or for the
    /// outcome of one.
    #[must_use]
    pub fn pass(&self) -> Option<Pass<'_>> {
        let (now, instant) = (self.clock.now(), self.clock.instant());
        let mut state = self.lock();
        let is_probe = state.pause.is_some();
        let is_due = state.pause.as_ref().is_none_or(|pause| pause.until <= now)
            || state.due_at.is_none_or(|due| due <= instant);
        if !is_due || (is_probe && state.is_probing) {
            return None;
        }
        state.is_probing = is_probe;
        Some(Pass { standstill: self, epoch: state.epoch, is_probe })
    }

    /// Why the flow is at a standstill; `None` while it moves.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.lock().pause.as_ref().map(|pause| pause.cause)
    }

    /// Makes the next probe due now, after a change that may end the standstill.
    pub fn hasten(&self) {
        let now = self.clock.now();
        if let Some(pause) = &mut self.lock().pause {
            pause.until = pause.until.min(now);
        }
    }

    /// Starts or prolongs the standstill: the attempt under `pass` found that the peer accepts
    /// nothing. `asked` is the retry time that the peer named.
    pub async fn begin(&self, pass: Pass<'_>, cause: Cause, failure: &Failure, asked: Option<Timestamp>) {
        let Some(pause) = self.longer(&pass, cause, failure, asked) else { return };
        let (until, failures) = (pause.until, pause.failures);
        tracing::error!(
            flow = %self.flow, reason = failure.text, failures, %until,
            "The flow {} stands still: {}; trying again at {until}", self.flow, failure.text
        );
        metrics::gauge!("postern_standstill", "flow" => self.flow.as_str()).set(1.0);
        if failures == 1 {
            metrics::counter!("postern_standstills_total", "flow" => self.flow.as_str()).increment(1);
        }
        self.record().await;
    }

    /// Ends the standstill: the peer accepts again. Returns whether there was one.
    pub async fn end(&self) -> bool {
        let was = {
            let mut state = self.lock();
            let was = state.pause.take();
            if was.is_some() {
                state.epoch += 1;
                state.is_probing = false;
            }
            was
        };
        let Some(pause) = was else { return false };
        tracing::info!(flow = %self.flow, since = %pause.since, "The flow {} moves again", self.flow);
        metrics::gauge!("postern_standstill", "flow" => self.flow.as_str()).set(0.0);
        self.record().await;
        true
    }

    /// Records that nothing moves although the peer is not known to be broken. `times` says since
    /// when, and until when at the latest; `None` means that the flow moves again.
    pub async fn stuck(&self, times: Option<(Timestamp, Timestamp)>, words: &str) {
        let stuck = times.map(|(since, until)| Pause {
            flow: self.flow,
            cause: Cause::Trouble,
            reason: words.to_owned(),
            since,
            until,
            failures: 0,
        });
        let was = std::mem::replace(&mut self.lock().stuck, stuck.clone());
        match (&was, &stuck) {
            (None, None) => return,
            (None, Some(pause)) => {
                tracing::error!(flow = %self.flow, since = %pause.since, "The flow {} is stuck: {words}", self.flow);
            }
            (Some(_), None) => tracing::info!(flow = %self.flow, "The flow {} is not stuck any more", self.flow),
            (Some(_), Some(_)) => {}
        }
        self.record().await;
    }

    /// Removes the record of an earlier process, since this one has not tried yet. Other processes
    /// take the removal as a reason to probe.
    pub async fn forget(&self) {
        self.record().await;
    }

    /// Checks the record periodically: during a standstill for another process's success, otherwise
    /// for an abandoned record.
    pub async fn heed_others(&self) {
        if !self.is_time_to_look() {
            return;
        }
        let _turn = self.recording.lock().await;
        let Ok(pauses) = self.store.pauses().await else { return };
        let recorded = pauses.iter().find(|pause| pause.flow == self.flow);
        let (stands, is_recorded) = {
            let state = self.lock();
            (state.pause.is_some(), state.is_recorded)
        };
        match recorded {
            None if stands && is_recorded => {
                tracing::info!(flow = %self.flow, "Another process got through: the flow {} is tried at once", self.flow);
                self.lock().is_recorded = false;
                self.hasten();
            }
            Some(pause) if !stands && is_abandoned(pause, self.clock.now()) => {
                _ = self.store.set_pause(self.flow, None).await;
            }
            None | Some(_) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_time_to_look(&self) -> bool {
        let now = self.clock.instant();
        let mut state = self.lock();
        let every = if state.pause.is_some() { LOOK } else { SWEEP };
        let is_time = state.looked_at.is_none_or(|last| now.saturating_duration_since(last) >= every);
        if is_time {
            state.looked_at = Some(now);
        }
        is_time
    }

    /// The standstill after one more failure; `None` when the failure is already counted.
    fn longer(&self, pass: &Pass<'_>, cause: Cause, failure: &Failure, asked: Option<Timestamp>) -> Option<Pause> {
        let now = self.clock.now();
        let mut state = self.lock();
        if state.epoch != pass.epoch {
            return None;
        }
        let (since, before) = state.pause.as_ref().map_or((now, 0), |pause| (pause.since, pause.failures));
        let failures = before + 1;
        let spread = u64::try_from(now.as_microsecond()).unwrap_or(0);
        let own = back_off(u32::try_from(failures).unwrap_or(u32::MAX), FIRST, MAX_WAIT, spread);
        let until = now.saturating_add(own).unwrap_or(Timestamp::MAX);
        let latest = now.saturating_add(MAX_ASKED).unwrap_or(Timestamp::MAX);
        let until = asked.map_or(until, |asked| asked.clamp(until.min(latest), latest));
        state.due_at = Some(self.clock.instant() + until.duration_since(now).unsigned_abs());
        let pause = Pause { flow: self.flow, cause, reason: failure.text.clone(), since, until, failures };
        state.pause = Some(pause.clone());
        state.epoch += 1;
        state.is_probing = false;
        Some(pause)
    }

    /// Records the current state, not the state when the caller looked.
    async fn record(&self) {
        let _turn = self.recording.lock().await;
        let pause = {
            let state = self.lock();
            state.pause.clone().or_else(|| state.stuck.clone())
        };
        let stands = pause.is_some();
        match self.store.set_pause(self.flow, pause).await {
            Ok(()) => self.lock().is_recorded = stands,
            Err(error) => {
                self.lock().is_recorded = false;
                tracing::warn!(flow = %self.flow, %error, "Could not record whether the flow {} stands still", self.flow);
            }
        }
    }
}

fn is_abandoned(pause: &Pause, now: Timestamp) -> bool {
    pause.until.saturating_add(ABANDONED).is_ok_and(|end| end <= now)
}

#[cfg(test)]
mod tests;
