//! Following the mode.
//!
//! [`Watch::look`] reads the row now: its answer reflects every change committed before the call, in whatever process. Looks
//! that are asked for at the same time share one read. [`Watch::seen`] is what was read last; it may only be used to refuse
//! early. When the store cannot be read, a look is `Unknown` at once, and what was seen becomes `Unknown` after [`STALE_AFTER`];
//! a version smaller than one already seen is `Unknown` too (a restored or failed-over store).

use crate::clock::Clock;
use crate::domain::mode::{Mode, ModeView};
use crate::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, watch};

/// How long an old look is believed while the store cannot be read.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// A read that takes longer has failed.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// Follows the mode for one process.
pub struct Watch {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    seen: watch::Sender<ModeView>,
    highest: AtomicI64,
    begun: AtomicU64,
    last: Mutex<LastRead>,
}

struct LastRead {
    /// Which read this was, counted from 1.
    number: u64,
    view: ModeView,
    succeeded_at: Instant,
}

impl Watch {
    /// A watch that has seen nothing yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let last = LastRead { number: 0, view: ModeView::Unknown, succeeded_at: clock.instant() };
        Self {
            store,
            clock,
            seen: watch::Sender::new(ModeView::Unknown),
            highest: AtomicI64::new(0),
            begun: AtomicU64::new(0),
            last: Mutex::new(last),
        }
    }

    /// The mode, read after this call began.
    pub async fn look(&self) -> ModeView {
        let asked = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number > asked {
            return last.view.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        // Taken before the read: what is seen while it runs may rightly be newer than what it reads.
        let highest = self.highest.load(Ordering::SeqCst);
        let read = tokio::time::timeout(READ_TIMEOUT, self.store.mode()).await;
        let view = match read {
            Ok(Ok(mode)) if mode.version < highest => went_back(highest, mode.version),
            Ok(Ok(mode)) => self.publish(mode),
            Ok(Err(_)) | Err(_) => ModeView::Unknown,
        };
        let now = self.clock.instant();
        if view != ModeView::Unknown {
            last.succeeded_at = now;
        } else if now.duration_since(last.succeeded_at) >= STALE_AFTER {
            self.seen.send_if_modified(|seen| std::mem::replace(seen, ModeView::Unknown) != ModeView::Unknown);
        }
        // Only now: a caller who gives up in between must not leave an old view under a new number.
        (last.number, last.view) = (number, view.clone());
        view
    }

    /// What was read last; only for refusing early.
    #[must_use]
    pub fn seen(&self) -> ModeView {
        self.seen.borrow().clone()
    }

    /// Wakes whenever what was seen changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<ModeView> {
        self.seen.subscribe()
    }

    /// Takes note of a committed mode, unless a newer one was seen meanwhile; returns the newer of the two.
    pub(super) fn publish(&self, mode: Mode) -> ModeView {
        let version = mode.version;
        let view = ModeView::Known(mode);
        let mut newest = view.clone();
        self.seen.send_if_modified(|seen| {
            if seen.version().is_some_and(|seen| seen > version) {
                newest = seen.clone();
                return false;
            }
            std::mem::replace(seen, view.clone()) != view
        });
        self.highest.fetch_max(version, Ordering::SeqCst);
        newest
    }
}

fn went_back(seen: i64, read: i64) -> ModeView {
    tracing::error!(
        seen.version = seen,
        read.version = read,
        "The mode went back from version {seen} to {read}: the store was restored or lost a change; \
         turn the mode on or off to say what holds"
    );
    ModeView::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::domain::mode::State;
    use crate::store::conformance::{noon, turn};
    use crate::store::sqlite::{Existing, SqliteStore};
    use jiff::Timestamp;

    fn mode(version: i64) -> Mode {
        Mode { state: State::On, version, message: None, since: Timestamp::UNIX_EPOCH, until: None }
    }

    async fn watch() -> (Arc<Watch>, Arc<dyn Store>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let watch = Arc::new(Watch::new(Arc::clone(&store), Arc::new(FixedClock::at(noon()))));
        (watch, store, folder)
    }

    #[tokio::test]
    async fn a_read_overtaken_by_a_change_is_no_step_back() {
        let (watch, _store, _folder) = watch().await;
        watch.publish(mode(7));
        assert_eq!(watch.publish(mode(6)), ModeView::Known(mode(7)));
        assert_eq!(watch.seen(), ModeView::Known(mode(7)));
    }

    #[tokio::test]
    async fn a_store_that_answers_an_older_version_than_was_seen_is_not_believed() {
        let (watch, _store, _folder) = watch().await;
        watch.publish(mode(7));
        assert_eq!(watch.look().await, ModeView::Unknown);
    }

    #[tokio::test]
    async fn looks_beside_changes_never_alarm_and_never_answer_an_older_mode_than_was_committed_before() {
        let (watch, store, _folder) = watch().await;
        let looking = Arc::clone(&watch);
        let stop = tokio_util::sync::CancellationToken::new();
        let stopped = stop.clone();
        let looks = tokio::spawn(async move {
            while !stopped.is_cancelled() {
                assert_ne!(looking.look().await, ModeView::Unknown);
            }
        });
        for number in 0..100 {
            let state = if number % 2 == 0 { State::On } else { State::Off };
            let crate::store::mode::Changed::Done { mode, .. } = turn(&store, state, noon()).await else { panic!() };
            watch.publish(mode.clone());
            assert_eq!(watch.look().await, ModeView::Known(mode));
        }
        stop.cancel();
        looks.await.unwrap();
    }

    #[tokio::test]
    async fn a_look_that_was_given_up_leaves_no_old_view_behind() {
        let (watch, store, _folder) = watch().await;
        watch.look().await;
        for _ in 0..50 {
            // Given up at once: the read has begun and is not done.
            let _ = futures_util::FutureExt::now_or_never(watch.look());
            let asked = Arc::clone(&watch);
            turn(&store, State::On, noon()).await;
            assert!(asked.look().await.is_on());
            turn(&store, State::Off, noon()).await;
            assert!(!asked.look().await.is_on());
        }
    }
}
