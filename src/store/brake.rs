//! Counting tries to sign in, once for every kind of store: what happens inside the transaction.

use super::error::Result;
use super::person::{KNOWN, Try};
use crate::policy::brake::{Held, Tally, judge_try};
use async_trait::async_trait;
use jiff::Timestamp;

/// The brakes inside an open transaction; nobody else counts meanwhile.
#[async_trait]
pub trait BrakeLedger: Send {
    /// What is remembered under this hash.
    async fn tally(&mut self, subject: [u8; 32]) -> Result<Option<Tally>>;

    /// Remembers it.
    async fn write_tally(&mut self, subject: [u8; 32], tally: Tally) -> Result<()>;

    /// Takes one failure back.
    async fn uncount(&mut self, subject: [u8; 32]) -> Result<()>;

    /// Forgets what is not kept any more at `now`.
    async fn forget(&mut self, now: Timestamp) -> Result<()>;
}

/// Counts a try as a failure, or says from when one is looked at again.
pub async fn count(ledger: &mut dyn BrakeLedger, tried: Try, now: Timestamp) -> Result<Option<Timestamp>> {
    ledger.forget(now).await?;
    if let Some(browser) = tried.browser
        && let Some(known) = ledger.tally(browser).await?
    {
        return match judge_try(Held::Browser, Some(known), now) {
            Err(free_at) => Ok(Some(free_at)),
            Ok(next) => {
                // However it fails, the browser stays known as long as it would have.
                let kept_until = next.kept_until.max(known.kept_until);
                ledger.write_tally(browser, Tally { kept_until, ..next }).await?;
                Ok(None)
            }
        };
    }
    let name = judge_try(Held::Name, ledger.tally(tried.name).await?, now);
    let client = judge_try(Held::Client, ledger.tally(tried.client).await?, now);
    match (name, client) {
        (Ok(name), Ok(client)) => {
            ledger.write_tally(tried.name, name).await?;
            ledger.write_tally(tried.client, client).await?;
            Ok(None)
        }
        (name, client) => Ok(name.err().max(client.err())),
    }
}

/// Takes back what `count` counted, and remembers the browser as known.
pub async fn settle(ledger: &mut dyn BrakeLedger, tried: Try, browser: [u8; 32], now: Timestamp) -> Result<()> {
    let was_known = match tried.browser {
        Some(known) => ledger.tally(known).await?.is_some(),
        None => false,
    };
    if !was_known {
        // Only this one: whoever has an account must not wipe out the guesses he makes at others.
        ledger.uncount(tried.name).await?;
        ledger.uncount(tried.client).await?;
    }
    let kept_until = now.saturating_add(KNOWN).unwrap_or(Timestamp::MAX);
    ledger.write_tally(browser, Tally { failures: 0, free_at: now, kept_until }).await
}
