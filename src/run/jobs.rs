//! Background jobs: retention, the upkeep of the summary, and keeping the metrics tidy.

pub mod summary_upkeep;

use super::config::retention::Retention;
use super::telemetry::Metrics;
use crate::clock::Clock;
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

/// Keeps the summary small, until `stop`.
pub async fn keep_summary(store: Arc<dyn Store>, stop: CancellationToken) {
    loop {
        let pause = match summary_upkeep::tick(&store).await {
            Ok(true) => Duration::from_millis(50),
            Ok(false) => summary_upkeep::TURN,
            Err(error) => {
                tracing::warn!(%error, "The upkeep of the summary waits: {error}");
                summary_upkeep::TURN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
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
