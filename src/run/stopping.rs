//! Runs parts side by side and stops them: on SIGTERM, on Ctrl-C, or when one of them ends on its
//! own.

use std::future::Future;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long work in progress may take to finish. With the steps after it, this stays below the ten
/// seconds after which service managers kill, and above the time that the SMTP edge allows a mail
/// in progress.
const GRACE: Duration = Duration::from_secs(8);

/// The running parts.
pub struct Parts {
    stop: CancellationToken,
    running: JoinSet<&'static str>,
    /// SIGTERM and Ctrl-C, handled from before the first part runs; without a handler they kill the
    /// process.
    signals: Option<(Signal, Signal)>,
}

impl Parts {
    /// An empty set of parts.
    pub fn new() -> Self {
        let signals = signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
        Self { stop: CancellationToken::new(), running: JoinSet::new(), signals: signals.ok() }
    }

    /// The token that tells parts to stop.
    pub fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts a part.
    pub fn run(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(async move {
            part.await;
            name
        });
    }

    /// Tells all parts to stop and waits for them, within the grace period; then aborts the rest.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!(
                "Something under way did not finish in {GRACE:?}; it is cut off, and its claims come back by themselves"
            );
            self.running.shutdown().await;
        }
    }
}

/// Waits for a signal, or for a part that ends on its own; returns that part's name.
pub async fn wait(parts: &mut Parts) -> Option<&'static str> {
    tokio::select! {
        name = told_to_stop(parts.signals.as_mut()) => {
            tracing::info!(signal = name, "Stopping on {name}: finishing what is under way");
            None
        }
        ended = parts.running.join_next() => match ended {
            Some(Ok(name)) => Some(name),
            Some(Err(error)) => {
                tracing::error!(%error, "A part of the gateway failed: {error}");
                Some("failed")
            }
            None => None,
        }
    }
}

async fn told_to_stop(signals: Option<&mut (Signal, Signal)>) -> &'static str {
    let Some((terminate, interrupt)) = signals else {
        tracing::error!("Signals cannot be heard; stop the gateway with SIGKILL, nothing is lost by that");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
