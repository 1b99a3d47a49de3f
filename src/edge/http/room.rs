//! Room for bodies: one budget of bytes for all large request bodies together.
//!
//! A small body costs no more than its connection and takes nothing from the budget. A large one reserves its declared length,
//! or the most it may have when it declares none, before it is read; so bodies never wait for each other half-read.

use super::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body of this size needs no reservation: together with the number of connections that bounds the memory of all small ones.
pub const SMALL: usize = 64 * 1024;
/// Bytes of all large bodies together: four of the largest.
const LARGE: usize = 128 * 1024 * 1024;
/// Bytes of all answers together that clients of batches have not read yet.
const ANSWERS: usize = 64 * 1024 * 1024;
/// Batches being read at once; each may hold a group of lines besides its longest one.
const BATCHES: usize = 32;
/// How long a body waits for room.
const WAIT: Duration = Duration::from_secs(10);

/// The budget of one door.
#[derive(Debug, Clone)]
pub struct Room {
    large: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    /// For answers of batches on their way to the client.
    pub answers: Arc<Semaphore>,
}

/// A part of the budget; it is free again when this is dropped.
#[derive(Debug)]
pub struct Share {
    _permit: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(LARGE)
    }
}

impl Room {
    /// A budget of so many bytes for large bodies.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { large: semaphore(bytes), batches: semaphore(BATCHES), answers: semaphore(ANSWERS) }
    }

    /// Room for a body of `bytes`; `None` when it needs none of the budget.
    ///
    /// # Errors
    /// 503 when there is none in time.
    pub async fn reserve(&self, bytes: usize) -> Result<Option<Share>, Problem> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let bytes = u32::try_from(bytes).map_err(|_| Problem::defect())?;
        take(&self.large, bytes).await.map(Some)
    }

    /// A place for a batch.
    ///
    /// # Errors
    /// 503 when there is none in time.
    pub async fn batch(&self) -> Result<Share, Problem> {
        take(&self.batches, 1).await
    }
}

async fn take(semaphore: &Arc<Semaphore>, permits: u32) -> Result<Share, Problem> {
    let taking = tokio::time::timeout(WAIT, Arc::clone(semaphore).acquire_many_owned(permits));
    let permit = taking.await.ok().and_then(Result::ok).ok_or_else(crowded)?;
    Ok(Share { _permit: permit })
}

/// 503: there is no room for another large body.
#[must_use]
pub fn crowded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many large bodies are being received at this moment: send it again in a few seconds.",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}
