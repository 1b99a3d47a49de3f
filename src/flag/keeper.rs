//! The keeper: opens windows at their start and ends them at their end.
//!
//! [`Keeper::is_due`] reads the mode and the windows to see whether a step is due. Only then does
//! [`Keeper::tick`] ask the store to take it, in one transaction that judges again. So any number
//! of keepers may run on one store at any time: each window opens once. A window that no process
//! was running to open begins late or, once it is over, never (`missed`).
//!
//! The mode turns off automatically only where that was requested (`auto_off`), and not while this
//! process's clock is in doubt (see `steadiness`). Maintenance past its announced end is never
//! silent: the keeper warns of it repeatedly, and the status, the metrics and readiness show it.

use super::steadiness::Steadiness;
use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::mode::Mode;
use crate::domain::window::{Window, overrun_since};
use crate::policy::window::{Confidence, next_step};
use crate::store::Store;
use crate::store::error::Result;
use crate::store::mode::Changed;
use crate::store::window::Kept;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Interval between two warnings of the same overrun.
const WARN_AGAIN: Duration = Duration::from_secs(600);

/// How late the end of a window may come before a warning: a turn or two of the job.
const PUNCTUAL: Duration = Duration::from_secs(10);

/// Opens and ends windows on behalf of one process.
pub struct Keeper {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    /// Notified when the mode changed, because work that it held back may now proceed.
    wakes: Vec<Arc<Notify>>,
    memory: Mutex<Memory>,
}

/// What a keeper remembers between turns; losing it does no harm.
#[derive(Debug, Default)]
struct Memory {
    steadiness: Steadiness,
    warned: Option<(Timestamp, Instant)>,
}

impl Keeper {
    /// A keeper that updates `watch` and notifies `wakes` when it has changed the mode.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>, wakes: Vec<Arc<Notify>>) -> Self {
        Self { store, watch, clock, wakes, memory: Mutex::default() }
    }

    /// Whether a step is due now. Only reads, warns of an overrun, and watches the clock. Call it
    /// about every second.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_due(&self) -> Result<bool> {
        let (now, instant) = (self.clock.now(), self.clock.instant());
        let confidence = self.look_at_the_clock(now, instant);
        let (mode, windows) = (self.store.mode().await?, self.store.standing_windows().await?);
        let is_due = next_step(&mode, &windows, confidence, now).is_some();
        // The due step may be this very end; warn only when it has not been taken for a while.
        let patience = if is_due { PUNCTUAL } else { Duration::ZERO };
        self.warn_of_overrun(&mode, &windows, now, instant, patience);
        Ok(is_due)
    }

    /// One turn: takes the steps that are due and returns their number. Correct at any calling
    /// frequency.
    ///
    /// # Errors
    /// When the store fails; a later turn then takes the due steps.
    pub async fn tick(&self) -> Result<usize> {
        let (now, instant) = (self.clock.now(), self.clock.instant());
        let confidence = self.look_at_the_clock(now, instant);
        let kept = self.store.keep_windows(confidence, now).await?;
        for kept in &kept {
            self.tell(kept);
        }
        Ok(kept.len())
    }

    fn look_at_the_clock(&self, now: Timestamp, instant: Instant) -> Confidence {
        // A jump is logged once, by what judges age: see `SteadyClock`.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).steadiness.look(now, instant).confidence
    }

    fn tell(&self, kept: &Kept) {
        match kept {
            Kept::Missed(window) => tracing::warn!(
                window.id = %window.id, window.starts_at = %window.starts_at, window.ends_at = %window.ends_at,
                "The window {} was missed: no gateway ran from {} to {}, so the mode did not come on",
                window.id, window.starts_at, window.ends_at
            ),
            Kept::Opened(window, changed) => {
                self.spread(changed);
                tell_opened(window);
            }
            Kept::Ended(window) => tracing::info!(
                window.id = %window.id,
                "The window {} has ended; the mode stays on for the one that follows", window.id
            ),
            Kept::TurnedOff(window, changed) => {
                self.spread(changed);
                tracing::info!(window.id = %window.id, "The window {} has ended and turned the mode off, as planned", window.id);
            }
        }
    }

    fn spread(&self, changed: &Changed) {
        let Changed::Done { mode, suppressed, released, .. } = changed else { return };
        self.watch.publish(mode.clone());
        tracing::info!(
            mode.state = %mode.state, mode.version = mode.version.0, how = "schedule", suppressed, released,
            "Maintenance mode is {} (version {})", mode.state, mode.version
        );
        for wake in &self.wakes {
            wake.notify_one();
        }
    }

    fn warn_of_overrun(&self, mode: &Mode, windows: &[Window], now: Timestamp, instant: Instant, patience: Duration) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let late = overrun_since(mode, windows, now);
        let Some(end) = late.filter(|end| now.duration_since(*end).unsigned_abs() >= patience) else {
            memory.warned = None;
            return;
        };
        let is_told =
            |(told, at): (Timestamp, Instant)| told == end && instant.saturating_duration_since(at) < WARN_AGAIN;
        if memory.warned.is_some_and(is_told) {
            return;
        }
        memory.warned = Some((end, instant));
        tracing::warn!(
            mode.version = mode.version.0,
            overrun_seconds = now.duration_since(end).as_secs(),
            "Maintenance was to be over at {end} and is still on: turn it off, or announce a new end \
             (postern maintenance off, or on --until TIME)"
        );
    }
}

fn tell_opened(window: &Window) {
    tracing::info!(window.id = %window.id, window.ends_at = %window.ends_at, "The window {} is open until {}", window.id, window.ends_at);
    if window.auto_off && window.begun_at.is_none() {
        tracing::warn!(
            window.id = %window.id,
            "A person had turned the mode on before the window {} began: it will not go off by itself", window.id
        );
    }
}

#[cfg(test)]
mod tests;
