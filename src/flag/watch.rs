//! Reads and remembers the mode for one process.
//!
//! [`Watch::look`] reads the row now: its answer reflects every change that any process committed
//! before the call. Concurrent looks share one read. [`Watch::seen`] is the last mode read; it may
//! only be used to refuse early.
//!
//! When the store cannot be read, a look is `Unknown` at once, and the remembered mode becomes
//! `Unknown` after [`STALE_AFTER`]. When the store returns an older version than this process has
//! seen (it was restored or failed over), both are `Unknown` at once, until an administrator sets
//! the mode again. Each condition logs one alarm when it begins and one line when it ends; it ends
//! without further action here.

use crate::clock::Clock;
use crate::domain::mode::{Mode, ModeView};
use crate::store::Store;
use crate::store::error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, watch};

/// How long the remembered mode stays valid while the store cannot be read.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// Time limit for one read.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// Follows the mode for one process.
pub struct Watch {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    seen: watch::Sender<ModeView>,
    went_back: AtomicBool,
    begun: AtomicU64,
    last: Mutex<LastRead>,
}

struct LastRead {
    /// The number of this read, counted from 1.
    number: u64,
    view: ModeView,
    trouble: Trouble,
    succeeded_at: Instant,
}

/// Why the mode is unknown; each kind raises one alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Unreadable,
    WentBack,
}

impl Watch {
    /// A watch that has seen nothing yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let last =
            LastRead { number: 0, view: ModeView::Unknown, trouble: Trouble::None, succeeded_at: clock.instant() };
        Self {
            store,
            clock,
            seen: watch::Sender::new(ModeView::Unknown),
            went_back: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            last: Mutex::new(last),
        }
    }

    /// The mode, from a read that began after this call.
    pub async fn look(&self) -> ModeView {
        let asked = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number > asked {
            return last.view.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let silent = |_| Err(StoreError::Unreachable(format!("no answer within {READ_TIMEOUT:?}")));
        let read = tokio::time::timeout(READ_TIMEOUT, self.store.mode()).await.unwrap_or_else(silent);
        let (view, trouble) = match &read {
            Ok(mode) => {
                tell_news(&self.seen.borrow(), mode);
                (self.publish(mode.clone()), Trouble::None)
            }
            Err(StoreError::WentBack { .. }) => (ModeView::Unknown, Trouble::WentBack),
            Err(_) => (ModeView::Unknown, Trouble::Unreadable),
        };
        let now = self.clock.instant();
        let silence = now.duration_since(last.succeeded_at);
        match trouble {
            Trouble::None => last.succeeded_at = now,
            Trouble::Unreadable if silence < STALE_AFTER => {}
            Trouble::Unreadable | Trouble::WentBack => self.forget(),
        }
        self.went_back.store(trouble == Trouble::WentBack, Ordering::SeqCst);
        tell(word(last.trouble, trouble), &read);
        // Written last: a caller cancelled before this point must not leave an old view under a new
        // number.
        (last.number, last.view, last.trouble) = (number, view.clone(), trouble);
        view
    }

    /// Whether the last look found an older version than this process has seen.
    #[must_use]
    pub fn has_gone_back(&self) -> bool {
        self.went_back.load(Ordering::SeqCst)
    }

    fn forget(&self) {
        self.seen.send_if_modified(|seen| std::mem::replace(seen, ModeView::Unknown) != ModeView::Unknown);
    }

    /// The last mode read; use it only to refuse early.
    #[must_use]
    pub fn seen(&self) -> ModeView {
        self.seen.borrow().clone()
    }

    /// Notifies whenever the remembered mode changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<ModeView> {
        self.seen.subscribe()
    }

    /// Remembers a committed mode unless a newer one was seen meanwhile; returns the newer of the
    /// two.
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
        newest
    }
}

/// What to log after a look: once when a problem begins, once when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Alarm,
    Over,
    Nothing,
}

fn word(before: Trouble, now: Trouble) -> Word {
    match (before, now) {
        (Trouble::None, Trouble::None) => Word::Nothing,
        (Trouble::Unreadable | Trouble::WentBack, Trouble::None) => Word::Over,
        (before, now) if before == now => Word::Nothing,
        (_, Trouble::Unreadable | Trouble::WentBack) => Word::Alarm,
    }
}

fn tell(word: Word, read: &Result<Mode, StoreError>) {
    match (word, read) {
        (Word::Over, Ok(mode)) => tracing::info!(
            mode.state = %mode.state, mode.version = mode.version.0,
            "The mode is known again: it is {} (version {})", mode.state, mode.version
        ),
        (Word::Alarm, Err(error)) => tracing::error!(
            %error, "The mode is unknown, so mail is answered 4xx and notifications wait: {error}"
        ),
        (Word::Over | Word::Alarm | Word::Nothing, _) => {}
    }
}

/// Whether `read` is a change that another process made.
fn is_news(seen: &ModeView, read: &Mode) -> bool {
    seen.version().is_some_and(|version| version < read.version)
}

/// Logs a change made by another process, so that this process's log explains why mail is refused
/// from here on.
fn tell_news(seen: &ModeView, read: &Mode) {
    if is_news(seen, read) {
        tracing::info!(
            mode.state = %read.state, mode.version = read.version.0,
            "Maintenance mode is {} (version {}), by another process; `postern maintenance history` says by whom",
            read.state, read.version
        );
    }
}

#[cfg(test)]
mod tests;
