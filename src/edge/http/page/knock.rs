//! Is this the password of this name? Counted first, looked at after, the same work whether there is such a name or not.
//!
//! Comparing takes 19 MiB and tens of milliseconds: few run at once in a process, on threads of their own; whoever comes while
//! many wait is told to come back. Nothing here says whether a name exists.

use super::seal;
use super::visit::{BROWSER, Visit};
use crate::domain::password;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::person::{Credential, Try};
use axum::http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Passwords looked at or hashed at once, by the whole process: its memory is what they share.
const MOST: usize = 2;
static DESKS: Semaphore = Semaphore::const_new(MOST);
/// The threads they are looked at on, always the same: each keeps the 19 MiB it works in.
static THREADS: LazyLock<Option<Runtime>> =
    LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(MOST).thread_name("password").build().ok());
/// So long may one wait for a desk.
const WAIT: Duration = Duration::from_secs(5);
/// A browser's secret has so many characters.
const SECRET: usize = 43;

/// What came of knocking.
pub enum Knocked {
    /// It is. The second is the browser's secret, by which it is known from now on.
    Right(Credential, String),
    /// It is not, or there is no such name.
    Wrong,
    /// It was not looked at: too many failures; from this time on it is.
    Wait(Timestamp),
}

/// Asks whether `password` is that of `name`.
///
/// # Errors
/// 503 without a store, or when too many ask at once.
pub async fn knock(parts: &Parts, visit: &Visit, name: &str, password: String) -> Result<Knocked, Problem> {
    let known = visit.cookie(BROWSER).filter(|secret| secret.len() == SECRET);
    let client = visit.client.network().map_or_else(|| "unknown".to_owned(), |network| network.to_string());
    let tried = Try { name: name.to_owned(), client, browser: known.map(str::to_owned) };
    if let Some(free_at) = parts.store.count_try(tried.clone(), parts.clock.now()).await? {
        count("waits");
        return Ok(Knocked::Wait(free_at));
    }
    let found = parts.store.find_account(name.to_owned()).await?;
    let kept = found.as_ref().map(|found| found.password_hash.clone());
    let is_right = at_a_desk(move || password::matches(&password, kept.as_deref())).await?;
    let Some(credential) = found.filter(|_| is_right) else {
        count("wrong");
        tracing::warn!(client = %visit.client, "A password was wrong");
        return Ok(Knocked::Wrong);
    };
    let browser = known.map_or_else(seal::mint, |secret| Ok(secret.to_owned()))?;
    parts.store.settle_try(tried, browser.clone(), parts.clock.now()).await?;
    count("right");
    Ok(Knocked::Right(credential, browser))
}

/// Runs what hashes a password, when it is its turn.
///
/// # Errors
/// 503 when too many wait.
pub async fn at_a_desk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let desk = tokio::time::timeout(WAIT, DESKS.acquire()).await.ok().and_then(Result::ok).ok_or_else(crowded)?;
    run(desk, work).await
}

/// The desk goes with the work: a client that hangs up does not make room for another.
async fn run<T: Send + 'static>(
    desk: SemaphorePermit<'static>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let threads = THREADS.as_ref().ok_or_else(Problem::defect)?;
    let done = threads.spawn_blocking(move || {
        let done = work();
        drop(desk);
        done
    });
    done.await.map_err(|_| Problem::defect())
}

fn crowded() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Too many people sign in at this moment: try again in a few seconds.")
        .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}

fn count(outcome: &'static str) {
    metrics::counter!("postern_sign_ins_total", "outcome" => outcome).increment(1);
}
