//! The fence: how every script is run between the lock and the commit.
//!
//! Many scripts are inside at once; a change of the mode waits until they have ended and keeps new
//! ones out until it has. A script must be fit to run twice: a transaction that lost against
//! another is run again from its beginning, alone. Once begun, it is run to its end even when its
//! caller is gone.

use super::PostgresStore;
use super::ledger::Ledger;
use crate::store::error::{Result, StoreError};
use crate::store::record::column::Columns;
use crate::store::script::Fence;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// The lock all scripts and changes share: `postern` in ASCII.
pub(super) const KEY: i64 = 0x0070_6f73_7465_726e;

const ENTER: &str = "SELECT pg_is_in_recovery()::int::bigint AS standby FROM pg_advisory_xact_lock_shared($1)";
const CLOSE: &str = "SELECT pg_is_in_recovery()::int::bigint AS standby FROM pg_advisory_xact_lock($1)";
/// A change must get through: it waits longer than the others, and longer than a stuck transaction
/// is let live.
const WAIT_LONGER: &str = "SELECT set_config('lock_timeout', '30s', true)";

/// Tries before a script gives up: more than there are connections, all of which may have died
/// while idle.
const TRIES: u32 = 20;

/// What happened is recorded in so many tries, so far apart: together shorter than a lease.
const RECORD_TRIES: u32 = 10;
const RECORD_WAIT: Duration = Duration::from_secs(2);

/// How long the whole may take, tries and all, before the database counts as gone (a cut cable says
/// nothing).
fn patience(fence: Fence) -> Duration {
    match fence {
        Fence::Shared => Duration::from_secs(20),
        Fence::Alone => Duration::from_secs(120),
    }
}

/// Takes the lock, as a statement of its own: whatever is read after it sees every change committed
/// before it.
async fn pass(fence: Fence, ledger: &mut Ledger) -> Result<()> {
    let statement = match fence {
        Fence::Shared => ENTER,
        Fence::Alone => {
            ledger.row(sqlx::query(WAIT_LONGER)).await?;
            CLOSE
        }
    };
    refuse_standby(ledger.one(sqlx::query(statement).bind(KEY)).await?.number("standby")?)
}

/// A standby may lag behind the primary: what it says about the mode does not count.
pub(super) fn refuse_standby(standby: i64) -> Result<()> {
    if standby == 0 {
        return Ok(());
    }
    Err(StoreError::Unreachable("the database is a standby; point `store.url` at the primary".into()))
}

/// A try that came to nothing.
enum Setback {
    /// The connection had died while idle, and nothing was done yet: the next one may live.
    Stale(StoreError),
    /// It lost against another script.
    Collided(StoreError),
    /// There is no use in another.
    Final(StoreError),
}

impl PostgresStore {
    /// Runs `script` inside a transaction behind the fence and answers after its commit.
    pub(super) async fn write<T, F>(&self, fence: Fence, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        let store = self.clone();
        let work = tokio::spawn(async move {
            let patience = patience(fence);
            let silent = |_| Err(StoreError::Unreachable(format!("no answer within {patience:?}")));
            tokio::time::timeout(patience, store.transact(fence, &script)).await.unwrap_or_else(silent)
        });
        work.await.unwrap_or_else(|_| Err(StoreError::Unreachable("the work was cut off".into())))
    }

    /// Like [`write`](Self::write), for what happened already and must be recorded: tried again
    /// while the lease behind it lasts.
    pub(super) async fn record<T, F>(&self, script: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync + Clone + 'static,
    {
        for _ in 1..RECORD_TRIES {
            match self.write(Fence::Shared, script.clone()).await {
                Err(StoreError::Full(_) | StoreError::Unreachable(_)) => tokio::time::sleep(RECORD_WAIT).await,
                other => return other,
            }
        }
        self.write(Fence::Shared, script).await
    }

    async fn transact<T, F>(&self, fence: Fence, script: &F) -> Result<T>
    where
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync,
    {
        let mut fence = fence;
        let mut last = StoreError::Unreachable("no try was made".into());
        for _ in 0..TRIES {
            last = match self.attempt(fence, script).await {
                Ok(done) => return Ok(done),
                Err(Setback::Final(error)) => return Err(error),
                Err(Setback::Stale(error)) => error,
                Err(Setback::Collided(error)) => {
                    // Alone it cannot lose again; the others wait for one short script.
                    fence = Fence::Alone;
                    error
                }
            };
        }
        Err(last)
    }

    async fn attempt<T, F>(&self, fence: Fence, script: &F) -> std::result::Result<T, Setback>
    where
        F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync,
    {
        let mut ledger = Ledger::take(&self.pool, self.known.clone()).await.map_err(Setback::Final)?;
        ledger.begin().await.map_err(Setback::Stale)?;
        match run(fence, script, &mut ledger).await {
            Ok(done) => {
                if ledger.wiped {
                    self.wiped.notify_one();
                }
                Ok(done)
            }
            Err(error) => {
                ledger.roll_back().await;
                Err(if ledger.collided { Setback::Collided(error) } else { Setback::Final(error) })
            }
        }
    }
}

async fn run<T, F>(fence: Fence, script: &F, ledger: &mut Ledger) -> Result<T>
where
    F: for<'a> Fn(&'a mut Ledger) -> BoxFuture<'a, Result<T>> + Send + Sync,
{
    pass(fence, ledger).await?;
    let done = script(ledger).await?;
    ledger.commit().await?;
    Ok(done)
}
