//! Notifies the application of the mode by its webhook: at least once, in the order of versions.
//!
//! Without failures, each change is sent on its own. After a gap (a failure, a start, another
//! process's death) only the newest change is sent: those in between no longer hold. A change of
//! the mode never waits for the webhook. A lease lets one process notify at a time. What was sent
//! is recorded, so that a restart neither forgets nor repeats a change. While the mode is unknown
//! nothing is sent. A failure is retried without limit, at growing intervals, and at once when the
//! mode changes again.

use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::id::Lease;
use crate::domain::mode::{HistoryEntry, Version};
use crate::policy::retry::back_off;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::telling::Webhook;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Interval between turns with nothing to send: renews the lease well before it ends, or checks
/// whether another process's lease has ended.
const TURN: Duration = Duration::from_secs(10);
/// Wait after the store failed.
const SOON: Duration = Duration::from_secs(1);
/// First wait after a failure.
const FIRST: Duration = Duration::from_secs(2);
/// Longest wait after a failure.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// Notifies the application of the mode.
#[async_trait]
pub trait Herald: Send + Sync {
    /// Sends one change; has its own timeout, well within a lease.
    ///
    /// # Errors
    /// When the application did not confirm.
    async fn tell(&self, change: &HistoryEntry) -> std::result::Result<(), Failure>;

    /// Sends the webhook a signed event that changes nothing, for `postern check`; returns the
    /// application's answer.
    ///
    /// # Errors
    /// When the application cannot be reached or did not confirm.
    async fn probe(&self) -> std::result::Result<String, Failure>;

    /// Identifies the webhook in the record.
    fn webhook(&self) -> Webhook;
}

/// Notifies one application.
pub struct Teller {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    herald: Arc<dyn Herald>,
    lease: Lease,
    /// Whether the application was up to date at the last look. If so, the next changes are sent
    /// one by one.
    is_level: bool,
    failed: Option<Failed>,
}

/// A series of failures.
#[derive(Debug, Clone, Copy)]
struct Failed {
    count: u32,
    version: Version,
    again_at: Timestamp,
}

impl Teller {
    /// A teller that has sent nothing yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>, herald: Arc<dyn Herald>) -> Self {
        let lease = Lease::mint(clock.now());
        Self { store, watch, clock, herald, lease, is_level: false, failed: None }
    }

    /// Runs until `stop`; the next process repeats a notification in progress at that time.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut seen = self.watch.subscribe();
        while !stop.is_cancelled() {
            // Before the look, so that a change in between still wakes the wait.
            seen.mark_unchanged();
            let turn = tokio::select! {
                turn = self.tick() => turn,
                () = stop.cancelled() => break,
            };
            let pause = turn.unwrap_or_else(|error| {
                tracing::debug!(%error, "Telling the application of the mode waits: {error}");
                SOON
            });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = seen.changed() => {}
                () = stop.cancelled() => {}
            }
        }
        if let Err(error) = self.store.release_telling(self.herald.webhook(), self.lease).await {
            tracing::debug!(%error, "The lease on the mode webhook was not given back; it ends by itself");
        }
    }

    /// One turn: sends one change, if there is one to send. Returns how long to wait before the
    /// next turn.
    ///
    /// # Errors
    /// When the store fails, or the mode is unknown.
    pub async fn tick(&mut self) -> Result<Duration> {
        let (webhook, now) = (self.herald.webhook(), self.clock.now());
        let Some(told) = self.store.claim_telling(webhook, self.lease, now).await? else {
            self.is_level = false;
            return Ok(TURN);
        };
        let newest = self.store.mode().await?.version;
        if told >= newest {
            self.is_level = true;
            return Ok(TURN);
        }
        if let Some(failed) = self.failed.filter(|failed| failed.version == newest && now < failed.again_at) {
            let left = failed.again_at.duration_since(now).unsigned_abs();
            return Ok(left.min(TURN));
        }
        let after = if self.is_level { told } else { newest.previous() };
        let Some(change) = self.store.changes_after(after, 1).await?.pop() else { return Ok(TURN) };
        match self.herald.tell(&change).await {
            Ok(()) => self.note(&change).await,
            Err(failure) => self.stumble(newest, &failure).await,
        }
    }

    async fn note(&mut self, change: &HistoryEntry) -> Result<Duration> {
        let version = change.mode.version;
        metrics::counter!("postern_mode_webhook_total", "outcome" => "ok").increment(1);
        tracing::info!(mode.version = version.0, "The application was told that the mode is {}", change.mode.state);
        self.failed = None;
        let now = self.clock.now();
        let is_ours = self.store.settle_telling(self.herald.webhook(), self.lease, version, now).await?;
        self.is_level &= is_ours;
        Ok(Duration::ZERO)
    }

    async fn stumble(&mut self, version: Version, failure: &Failure) -> Result<Duration> {
        metrics::counter!("postern_mode_webhook_total", "outcome" => "failed").increment(1);
        let count = self.failed.map_or(1, |failed| failed.count.saturating_add(1));
        let now = self.clock.now();
        let wait = back_off(count, FIRST, MAX_WAIT, self.lease.spread());
        let again_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        if count == 1 {
            tracing::error!(
                reason = failure.text,
                mode.version = version.0,
                "The application could not be told of the mode: {}; it is tried again until it is",
                failure.text
            );
        } else {
            tracing::debug!(reason = failure.text, failures = count, %again_at, "The application is still not told of the mode");
        }
        self.failed = Some(Failed { count, version, again_at });
        self.is_level = false;
        self.store.fail_telling(self.herald.webhook(), self.lease, failure.text.clone()).await?;
        Ok(wait.min(TURN))
    }
}

#[cfg(test)]
mod tests;
