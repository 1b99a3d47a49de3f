//! The byte budget of all large request bodies together.
//!
//! A small body costs no more than its connection and takes nothing from the budget. Before a large
//! body is read, it reserves its declared length, or the largest allowed size if it declares none.
//! So half-read bodies never wait for each other.

use super::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body up to this size needs no reservation: the number of connections bounds the memory of all
/// small bodies.
pub const SMALL: usize = 64 * 1024;
/// Bytes for all large bodies together: four of the largest.
const LARGE: usize = 128 * 1024 * 1024;
/// Bytes of all batch responses together that clients have not read yet.
const ANSWERS: usize = 64 * 1024 * 1024;
/// Batches read at once. Each may hold a group of lines and its longest line.
const BATCHES: usize = 32;
/// Longest wait for room.
const WAIT: Duration = Duration::from_secs(10);

/// The budget of one HTTP server.
#[derive(Debug, Clone)]
pub struct Room {
    large: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    /// Room for batch responses that are being sent.
    pub answers: Arc<Semaphore>,
}

/// A share of the budget, freed on drop.
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
    /// A budget of `bytes` for large bodies.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { large: semaphore(bytes), batches: semaphore(BATCHES), answers: semaphore(ANSWERS) }
    }

    /// Reserves room for a body of `bytes`; `None` if it needs no reservation.
    ///
    /// # Errors
    /// 503 when no room is free in time.
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
    /// 503 when no place is free in time.
    pub async fn batch(&self) -> Result<Share, Problem> {
        take(&self.batches, 1).await
    }
}

async fn take(semaphore: &Arc<Semaphore>, permits: u32) -> Result<Share, Problem> {
    let taking = tokio::time::timeout(WAIT, Arc::clone(semaphore).acquire_many_owned(permits));
    let permit = taking.await.ok().and_then(Result::ok).ok_or_else(crowded)?;
    Ok(Share { _permit: permit })
}

/// 503: no room for another large body.
#[must_use]
pub fn crowded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many large bodies are being received at this moment: send it again in a few seconds.",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}
