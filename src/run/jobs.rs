//! Background jobs: retention, keeping the time of windows, and keeping the metrics tidy.

use super::config::retention::Retention;
use super::telemetry::Metrics;
use crate::clock::Clock;
use crate::flag::keeper::Keeper;
use crate::store::Store;
use crate::store::desk::Horizon;
use crate::store::error::Result;
use crate::store::notification::IDEMPOTENCY_KEPT;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two turns of retention when there is nothing left to do.
const RETENTION_TURN: Duration = Duration::from_secs(60);
/// At most so many of each in one turn, so that the writer is never held for long.
const RETENTION_LIMIT: i64 = 500;
/// Between two looks at the windows: so much later than planned one may begin or end.
const WINDOW_TURN: Duration = Duration::from_secs(1);
/// Between two tidyings of the metrics.
const METRICS_TURN: Duration = Duration::from_secs(5);

/// Wipes and deletes what is beyond the retention, until `stop`.
pub async fn keep_retention(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    retention: Retention,
    stop: CancellationToken,
) {
    loop {
        let pause = match retire(&store, &clock, &retention).await {
            // More may be left: on at once, behind whatever else waits for the writer.
            Ok(true) => Duration::from_millis(50),
            Ok(false) => RETENTION_TURN,
            Err(error) => {
                tracing::warn!(%error, "Retention waits: {error}");
                RETENTION_TURN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One turn of retention; is there probably more to do?
async fn retire(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>, retention: &Retention) -> Result<bool> {
    let now = clock.now();
    let before = |kept: Duration| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
    let horizon = Horizon {
        bodies_before: before(retention.bodies),
        records_before: before(retention.records),
        answers_before: before(IDEMPOTENCY_KEPT),
        limit: RETENTION_LIMIT,
    };
    let retired = store.retire(horizon).await?;
    if retired.bodies + retired.records > 0 {
        tracing::info!(
            retired.bodies,
            retired.records,
            "Retention wiped {} messages and deleted {} records",
            retired.bodies,
            retired.records
        );
    }
    let limit = u64::try_from(RETENTION_LIMIT).unwrap_or(u64::MAX);
    Ok(retired.bodies >= limit || retired.records >= limit)
}

/// Keeps the time of the windows, until `stop`.
pub async fn keep_windows(keeper: Keeper, stop: CancellationToken) {
    let mut has_failed = false;
    loop {
        match keeper.tick().await {
            Ok(()) => has_failed = false,
            Err(error) => {
                // Once is enough: the store says so itself in many places.
                if !std::mem::replace(&mut has_failed, true) {
                    tracing::warn!(%error, "Windows wait: {error}");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(WINDOW_TURN) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Keeps the metrics from piling up while nobody asks for them, until `stop`.
pub async fn keep_metrics(metrics: Metrics, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(METRICS_TURN) => metrics.tick(),
            () = stop.cancelled() => return,
        }
    }
}
