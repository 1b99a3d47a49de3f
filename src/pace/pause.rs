//! Standing still: when the application or the relay takes nothing at all, the whole flow waits instead of burning attempts.
//!
//! A standstill is on record, so that every command and page can say why things wait; it ends with the first success.

use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::policy::retry::back_off;
use crate::store::Store;
use crate::store::desk::{Cause, Flow, Pause};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The first wait; short, since most standstills are restarts.
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait unless the other side asks for a longer one.
const MOST: Duration = Duration::from_secs(300);
/// The longest wait the other side may ask for: a wrong `Retry-After` must not stop a flow for days.
const MOST_ASKED: Duration = Duration::from_secs(3600);

/// Whether one flow stands still.
pub struct Standstill {
    flow: Flow,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    pause: Mutex<Option<Pause>>,
}

impl Standstill {
    /// A flow that moves.
    #[must_use]
    pub fn new(flow: Flow, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { flow, store, clock, pause: Mutex::new(None) }
    }

    /// When the flow may be tried again; `None` while it moves.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|pause| pause.until)
    }

    /// Why the flow stands still; `None` while it moves.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|pause| pause.cause)
    }

    /// The other side takes nothing: stand still, until `asked` when it named a time. Returns until when.
    pub async fn begin(&self, cause: Cause, failure: &Failure, asked: Option<Timestamp>) -> Timestamp {
        let now = self.clock.now();
        let (pause, is_new) = self.longer(cause, failure, asked, now);
        let until = pause.until;
        tracing::error!(
            flow = %self.flow, reason = failure.text, failures = pause.failures, %until,
            "The flow {} stands still: {}; trying again at {until}", self.flow, failure.text
        );
        metrics::gauge!("postern_standstill", "flow" => self.flow.as_str()).set(1.0);
        if is_new {
            metrics::counter!("postern_standstills_total", "flow" => self.flow.as_str()).increment(1);
        }
        self.record(Some(pause)).await;
        until
    }

    /// The other side takes things again.
    pub async fn end(&self) {
        let was = self.pause.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(pause) = was {
            tracing::info!(flow = %self.flow, since = %pause.since, "The flow {} moves again", self.flow);
            self.record(None).await;
        }
        metrics::gauge!("postern_standstill", "flow" => self.flow.as_str()).set(0.0);
    }

    /// Forgets what an earlier process recorded: this one has not tried yet.
    pub async fn forget(&self) {
        self.record(None).await;
    }

    fn longer(&self, cause: Cause, failure: &Failure, asked: Option<Timestamp>, now: Timestamp) -> (Pause, bool) {
        let mut slot = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, before) = slot.as_ref().map_or((now, 0), |pause| (pause.since, pause.failures));
        let failures = before + 1;
        let spread = u64::try_from(now.as_microsecond()).unwrap_or(0);
        let own = back_off(u32::try_from(failures).unwrap_or(u32::MAX), FIRST, MOST, spread);
        let until = now.saturating_add(own).unwrap_or(Timestamp::MAX);
        let latest = now.saturating_add(MOST_ASKED).unwrap_or(Timestamp::MAX);
        let until = asked.map_or(until, |asked| asked.clamp(until.min(latest), latest));
        let pause = Pause { flow: self.flow, cause, reason: failure.text.clone(), since, until, failures };
        *slot = Some(pause.clone());
        (pause, before == 0)
    }

    async fn record(&self, pause: Option<Pause>) {
        if let Err(error) = self.store.set_pause(self.flow, pause).await {
            tracing::warn!(flow = %self.flow, %error, "Could not record whether the flow {} stands still", self.flow);
        }
    }
}
