//! Checks a user's password. A try is counted before the password is compared, and an unknown name
//! costs the same work, so no response reveals whether a name exists.
//!
//! A comparison takes 19 MiB and tens of milliseconds, so a process runs only a few at once, on
//! their own threads. If too many requests wait for a slot, the next one gets 503.

use super::csrf;
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

/// Passwords that the process compares or hashes at once; this bounds the memory.
const MAX_AT_ONCE: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(MAX_AT_ONCE);
/// The comparison threads. They are reused, because each keeps its 19 MiB of working memory.
static THREADS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread().max_blocking_threads(MAX_AT_ONCE).thread_name("password").build().ok()
});
/// Longest wait for a free slot.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Length of a browser's secret in characters.
const SECRET_CHARS: usize = 43;

/// The result of a password check.
pub enum PasswordCheck {
    /// The password is right. The secret identifies this browser from now on.
    Right(Credential, String),
    /// The password is wrong, or the name does not exist.
    Wrong,
    /// Not checked, because too many tries failed; the next check is possible at this time.
    Wait(Timestamp),
}

/// Checks whether `password` is the password of `name`.
///
/// # Errors
/// 503 when the store is unavailable, or when too many requests wait.
pub async fn check(parts: &Parts, visit: &Visit, name: &str, password: String) -> Result<PasswordCheck, Problem> {
    let known = visit.cookie(BROWSER).filter(|secret| secret.len() == SECRET_CHARS);
    let client = visit.client.network().map_or_else(|| "unknown".to_owned(), |network| network.to_string());
    let tried = Try { name: name.to_owned(), client, browser: known.map(str::to_owned) };
    if let Some(free_at) = parts.store.count_try(tried.clone(), parts.clock.now()).await? {
        count("waits");
        return Ok(PasswordCheck::Wait(free_at));
    }
    let found = parts.store.find_account(name.to_owned()).await?;
    let kept = found.as_ref().map(|found| found.password_hash.clone());
    let is_right = in_turn(move || password::matches(&password, kept.as_deref())).await?;
    let Some(credential) = found.filter(|_| is_right) else {
        count("wrong");
        tracing::warn!(client = %visit.client, "A password was wrong");
        return Ok(PasswordCheck::Wrong);
    };
    let browser = known.map_or_else(csrf::mint, |secret| Ok(secret.to_owned()))?;
    parts.store.settle_try(tried, browser.clone(), parts.clock.now()).await?;
    count("right");
    Ok(PasswordCheck::Right(credential, browser))
}

/// Runs `work`, which compares or hashes a password, in the next free slot.
///
/// # Errors
/// 503 when too many requests wait.
pub async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let turn = tokio::time::timeout(MAX_WAIT, TURNS.acquire()).await.ok().and_then(Result::ok).ok_or_else(crowded)?;
    run(turn, work).await
}

/// `work` keeps its slot until it ends, so a client that disconnects frees nothing early.
async fn run<T: Send + 'static>(
    turn: SemaphorePermit<'static>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let threads = THREADS.as_ref().ok_or_else(Problem::defect)?;
    let done = threads.spawn_blocking(move || {
        let done = work();
        drop(turn);
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
