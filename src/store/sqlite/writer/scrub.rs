//! Scrubbing: a wiped message must be gone from the write-ahead log too, not only from the tables.
//!
//! `secure_delete` overwrites the pages in the file, but older copies of them stay in the log until
//! it is folded back and truncated. That needs a moment without readers; it is tried until it
//! succeeds, never waiting for a reader, and less and less often: the connection is the writer's,
//! and mail must not wait for a long read.
//!
//! What is left to do stands in the table `scrub`, written by the transaction that wipes: so a
//! gateway finishes what a console, or a gateway that was killed, had no time for.

use crate::store::error::{Result, StoreError};
use crate::store::sqlite::{failed, result_code};
use sqlx::SqliteConnection;
use std::time::Duration;
use tokio::time::Instant;

/// At most once in this time, so that a stream of wipes does not turn every commit into a fold.
const BETWEEN: Duration = Duration::from_millis(200);
/// How often it looks for wipes by other processes.
const LOOK: Duration = Duration::from_secs(5);
/// The longest pause between two tries; each is twice the one before.
const LONGEST: Duration = Duration::from_secs(30);

/// The pragma that waits for no reader.
const NO_WAIT: &str = "PRAGMA busy_timeout = 0";
/// As it was: what `open` sets, in milliseconds. A pragma takes no parameter.
const WAIT: &str = "PRAGMA busy_timeout = 5000";

/// What a commit that wiped leaves behind.
pub(in crate::store::sqlite) const WIPED: &str = "UPDATE scrub SET wiped = wiped + 1";
/// How many commits have wiped; and after the truncation, that all of those are done. Others may
/// have come since.
const LEFT: &str = "SELECT wiped FROM scrub WHERE scrubbed < wiped";
const DONE: &str = "UPDATE scrub SET scrubbed = $1 WHERE scrubbed < $1";

/// When to look for something to scrub.
#[derive(Debug)]
pub(super) struct Scrub {
    next: Instant,
    /// The last pause, while tries fail.
    pause: Option<Duration>,
    /// The log says already that tries fail.
    is_told: bool,
}

impl Scrub {
    /// Due at once: the process that had the store before may have left something.
    pub(super) fn new() -> Self {
        Self::at(Instant::now())
    }

    fn at(next: Instant) -> Self {
        Self { next, pause: None, is_told: false }
    }

    /// Something was wiped.
    pub(super) fn order(&mut self) {
        if self.pause.is_none() {
            self.next = self.next.min(Instant::now() + BETWEEN);
        }
    }

    /// Ends when it is time to look.
    pub(super) async fn due(&self) {
        tokio::time::sleep_until(self.next).await;
    }

    /// What a try came to: done, or another one later, and a word in the log when that is news.
    pub(super) fn after(&mut self, tried: &Result<bool>) {
        if matches!(tried, Ok(true)) {
            *self = Self::at(Instant::now() + LOOK);
            return;
        }
        let pause = self.pause.map_or(BETWEEN, |pause| (pause * 2).min(LONGEST));
        self.next = Instant::now() + pause;
        self.pause = Some(pause);
        match tried {
            Err(error) if self.is_news() => {
                tracing::warn!(%error, "Wiped messages cannot be scrubbed from the write-ahead log yet: {error}");
            }
            Ok(_) if pause == LONGEST && self.is_news() => tracing::warn!(
                "Wiped messages are still in the write-ahead log, because something keeps reading the store: end that shell or backup"
            ),
            Ok(_) | Err(_) => {}
        }
    }

    /// Once in each stretch of failures: a full disk must not fill the log.
    fn is_news(&mut self) -> bool {
        !std::mem::replace(&mut self.is_told, true)
    }
}

/// Folds the log back and empties it when something is left in it; false when a reader is in the
/// way.
pub(in crate::store::sqlite) async fn scrub(connection: &mut SqliteConnection) -> Result<bool> {
    let left: Option<i64> = sqlx::query_scalar(LEFT).fetch_optional(&mut *connection).await.map_err(failed)?;
    let Some(wiped) = left else { return Ok(true) };
    // These pragmas yield a row, so they are fetched, not executed.
    sqlx::query(NO_WAIT).fetch_all(&mut *connection).await.map_err(failed)?;
    let tried = truncate(connection, wiped).await;
    sqlx::query(WAIT).fetch_all(connection).await.map_err(failed)?;
    match tried {
        // SQLITE_BUSY and SQLITE_LOCKED.
        Err(error) if matches!(result_code(&error), Some(5 | 6)) => Ok(false),
        other => other.map_err(failed),
    }
}

/// Folds all of the log back into the file.
pub(super) async fn fold(connection: &mut SqliteConnection) -> Result<()> {
    let (busy, ..): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(FULL)").fetch_one(connection).await.map_err(failed)?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Unreachable("a reader is in the way".into())) }
}

async fn truncate(connection: &mut SqliteConnection, wiped: i64) -> sqlx::Result<bool> {
    let (busy, ..): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
    if busy == 0 {
        sqlx::query(DONE).bind(wiped).execute(connection).await?;
    }
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_get_rarer_while_they_fail_and_the_log_says_so_once() {
        let full = Err(StoreError::Full("no space".into()));
        let mut scrub = Scrub::new();
        let mut pauses = Vec::new();
        for _ in 0..10 {
            scrub.after(&full);
            pauses.push(scrub.pause.unwrap().as_millis());
            assert!(scrub.is_told && !scrub.is_news());
        }
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
        let next = scrub.next;
        scrub.order();
        assert_eq!(scrub.next, next, "a new wipe made it hurry");
        scrub.after(&Ok(true));
        assert!(scrub.pause.is_none() && !scrub.is_told);
    }

    #[test]
    fn a_short_look_into_the_store_is_no_news() {
        let mut scrub = Scrub::new();
        let mut told = Vec::new();
        for _ in 0..9 {
            scrub.after(&Ok(false));
            told.push(scrub.is_told);
        }
        assert_eq!(told, [false, false, false, false, false, false, false, false, true]);
    }

    #[test]
    fn a_wipe_is_scrubbed_before_the_next_look() {
        let mut scrub = Scrub::new();
        scrub.after(&Ok(true));
        let look = scrub.next;
        scrub.order();
        assert!(scrub.next < look);
        let next = scrub.next;
        scrub.order();
        assert_eq!(scrub.next, next, "a stream of wipes puts it off");
    }
}
