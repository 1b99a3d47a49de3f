//! Tidying: VACUUM soon after a wipe, so that the wiped message's dead row version does not stay for long.
//!
//! Best effort: when another VACUUM is at it, or this account may not, the database's own comes later.

use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A little later, so that one run serves a burst of wipes, and readers of the old version have ended.
const SOON: Duration = Duration::from_secs(10);
/// At most once in this time.
const BETWEEN: Duration = Duration::from_secs(300);

/// Vacuums after wipes, until the pool is closed.
pub(super) async fn run(pool: PgPool, wiped: Arc<Notify>) {
    loop {
        wiped.notified().await;
        tokio::time::sleep(SOON).await;
        if pool.is_closed() {
            return;
        }
        tick(&pool).await;
        tokio::time::sleep(BETWEEN).await;
    }
}

/// One run.
pub(super) async fn tick(pool: &PgPool) {
    if let Err(error) = sqlx::query("VACUUM notification").execute(pool).await {
        tracing::debug!(%error, "Could not vacuum after a wipe; the database's own VACUUM comes later");
    }
}
