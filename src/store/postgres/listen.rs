//! Listening for changes of the mode: a connection of its own, beside the pool's, that hears
//! NOTIFY.
//!
//! What is heard rings a bell and decides nothing. Whatever was said while the connection was down
//! is lost, so every new beginning rings as well. A connection that breaks, or has been silent for
//! long (a cut cable says nothing), is made anew; while that fails, who waits for the bell goes on
//! looking by turns.

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Error, PgPool};
use std::time::Duration;
use tokio::sync::Notify;

/// What a change of the mode notifies.
const CHANNEL: &str = "postern_mode";
/// The connection's name in `pg_stat_activity`.
pub(super) const NAME: &str = "postern listener";
/// A connection that hears nothing for so long is replaced.
const SILENCE: Duration = Duration::from_secs(300);
/// How long a new connection may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Rings `bell` at each change, for ever. `pool` says where the database is.
pub(super) async fn run(pool: &PgPool, bell: &Notify) {
    let mut is_cut_off = false;
    loop {
        match tokio::time::timeout(PATIENCE, begin(pool)).await {
            Ok(Ok(mut listener)) => {
                if std::mem::take(&mut is_cut_off) {
                    tracing::info!("Changes of the mode are heard of at once again");
                }
                hear(&mut listener, bell).await;
                // At once: most connections end for reasons of their own.
                continue;
            }
            Ok(Err(error)) if !is_cut_off => {
                tracing::warn!(%error, "Changes of the mode are found by looking only, for nobody can listen: {error}");
                is_cut_off = true;
            }
            Ok(Err(_)) | Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn begin(pool: &PgPool) -> Result<PgListener, Error> {
    let options = pool.connect_options().as_ref().clone().application_name(NAME);
    // A pool of one, since a listener keeps its connection for ever.
    let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).acquire_timeout(PATIENCE);
    let mut listener = PgListener::connect_with(&own.connect_lazy_with(options)).await?;
    // It would connect again by itself after some breaks and not after others; here every break is
    // a new beginning.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Rings for what was missed before, and then at each notification, until the connection breaks or
/// has been silent for long.
async fn hear(listener: &mut PgListener, bell: &Notify) {
    bell.notify_one();
    while let Ok(Ok(Some(_))) = tokio::time::timeout(SILENCE, listener.try_recv()).await {
        bell.notify_one();
    }
}
