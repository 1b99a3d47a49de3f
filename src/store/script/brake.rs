//! Counting tries to sign in, once for every kind of store: what happens inside the transaction.
//! Names, networks and browsers are kept as hashes only: a reader of the store does not learn
//! who tried what from where.

use crate::policy::brake::{Held, Tally, judge_try};
use crate::store::error::Result;
use crate::store::person::{KNOWN, Try};
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The brakes inside an open transaction; no other one counts meanwhile.
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

/// Where failures for a name are counted.
#[must_use]
pub fn of_name(name: &str) -> [u8; 32] {
    hash("name", &[name])
}

fn of_browser(tried: &Try, secret: &str) -> [u8; 32] {
    hash("browser", &[&tried.name, secret])
}

fn of_client(tried: &Try) -> [u8; 32] {
    hash("client", &[&tried.client])
}

fn hash(kind: &str, words: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for word in std::iter::once(&kind).chain(words) {
        // With its length, so that no two lists of words run together.
        digest.update(word.len().to_be_bytes());
        digest.update(word.as_bytes());
    }
    digest.finalize().into()
}

/// Counts a try as a failure, or says from when one is looked at again.
pub async fn count(ledger: &mut dyn BrakeLedger, tried: &Try, now: Timestamp) -> Result<Option<Timestamp>> {
    ledger.forget(now).await?;
    if let Some(browser) = tried.browser.as_ref().map(|secret| of_browser(tried, secret))
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
    let (name, client) = (of_name(&tried.name), of_client(tried));
    let for_name = judge_try(Held::Name, ledger.tally(name).await?, now);
    let from_client = judge_try(Held::Client, ledger.tally(client).await?, now);
    match (for_name, from_client) {
        (Ok(for_name), Ok(from_client)) => {
            ledger.write_tally(name, for_name).await?;
            ledger.write_tally(client, from_client).await?;
            Ok(None)
        }
        (for_name, from_client) => Ok(for_name.err().max(from_client.err())),
    }
}

/// Takes back what `count` counted, and remembers the browser as known.
pub async fn settle(ledger: &mut dyn BrakeLedger, tried: &Try, browser: &str, now: Timestamp) -> Result<()> {
    let was_known = match &tried.browser {
        Some(secret) => ledger.tally(of_browser(tried, secret)).await?.is_some(),
        None => false,
    };
    if !was_known {
        // Only this one: a user must not clear the count of guesses at other accounts.
        ledger.uncount(of_name(&tried.name)).await?;
        ledger.uncount(of_client(tried)).await?;
    }
    let kept_until = now.saturating_add(KNOWN).unwrap_or(Timestamp::MAX);
    ledger.write_tally(of_browser(tried, browser), Tally { failures: 0, free_at: now, kept_until }).await
}
