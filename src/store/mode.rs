//! The mode in the store: one row, its history, and who has seen which version.

use super::drain::{Drain, Progress};
use super::error::Result;
use crate::domain::id::NodeId;
use crate::domain::mode::{Change, HistoryEntry, How, Mode, SeenMode, Version};
use crate::domain::report::Report;
use crate::domain::window::Window;
use crate::policy::rules::Rules;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Notify;

/// Whose change it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// A user, a token's name or the console's account.
    pub name: String,
    /// By which way.
    pub how: How,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Committed: nothing admitted under an older version can appear any more.
    Done {
        /// The mode now.
        mode: Mode,
        /// Queued deliveries that became suppressed by it.
        suppressed: u64,
        /// Held mail that was released by it.
        released: u64,
        /// Open windows that ended with it.
        ended_windows: Vec<Window>,
    },
    /// It asked for what already was.
    Same(Mode),
    /// The caller had seen another version; nothing was changed.
    Moved(Mode),
}

impl Changed {
    /// The mode as it is now.
    #[must_use]
    pub fn mode(&self) -> &Mode {
        match self {
            Self::Done { mode, .. } | Self::Same(mode) | Self::Moved(mode) => mode,
        }
    }
}

/// A process that follows the mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The process's own id, new at each start.
    pub id: NodeId,
    /// Host and process number.
    pub name: String,
    /// The highest mode version it has seen.
    pub version: Version,
    /// What it makes of the mode: unknown when the store has less than it has seen.
    pub mode: SeenMode,
    /// When it said so.
    pub seen_at: Timestamp,
    /// What else it reports of itself: for the concerns and `postern check`, not for the list of
    /// nodes.
    pub report: Report,
}

/// Changing the mode, and looking what is left of before: each method is one script.
#[async_trait]
pub trait ModeStore: ModeRows {
    /// Changes the mode at `now`. With `expected`, only when that is still the version (compare and
    /// set).
    ///
    /// After the store went back to an older version, only an explicit on or off by a person is
    /// made; it takes a version higher than all that were seen, also when the state stays as it is.
    ///
    /// In the same transaction the history grows, queued deliveries of blocked classes become
    /// suppressed, claims of blocked classes not past their dot are revoked, and (when it goes off)
    /// held mail is released and open windows end.
    async fn change_mode(
        &self,
        change: Change,
        expected: Option<Version>,
        author: Author,
        now: Timestamp,
    ) -> Result<Changed>;

    /// How far the maintenance has drained, looked at under the fence; the first time it has, the
    /// history says so.
    async fn drain(&self, rules: Arc<Rules>, now: Timestamp) -> Result<Drain>;
}

/// The mode's rows: reading, and single statements that are no script.
#[async_trait]
pub trait ModeRows: Send + Sync {
    /// The mode, read now: it reflects every change committed before the call.
    ///
    /// A version lower than one this process has seen is
    /// [`StoreError::WentBack`](super::error::StoreError::WentBack), here and in every transaction
    /// that asks for the mode.
    async fn mode(&self) -> Result<Mode>;

    /// The mode with when its maintenance had drained, if that is on record: read as
    /// [`mode`](Self::mode) is, outside the fence.
    async fn progress(&self) -> Result<Progress>;

    /// The highest version this process has seen.
    fn known_version(&self) -> Version;

    /// Takes note of the highest version on record (the mode's, the history's, those other
    /// processes have seen), as if this process had seen it. Answers the highest it knows of.
    async fn recall(&self) -> Result<Version>;

    /// Rings `bell` whenever the mode may have been changed by another process, as soon as the
    /// store hears of it. Only a hint: changes can be missed, so a caller that waits looks by
    /// turns as well. Never ends; a store that hears nothing just waits.
    async fn listen(&self, bell: Arc<Notify>);

    /// The changes, newest first.
    async fn history(&self, limit: i64) -> Result<Vec<HistoryEntry>>;

    /// The changes after `version`, oldest first.
    async fn changes_after(&self, version: Version, limit: i64) -> Result<Vec<HistoryEntry>>;

    /// Commits a small write, to see that the store can be written: a store that answers reads may
    /// be locked, full or read-only.
    async fn probe_write(&self, now: Timestamp) -> Result<()>;

    /// Records what a process has seen and reports of itself.
    async fn see(&self, node: Node) -> Result<()>;

    /// The processes heard of since `since`.
    async fn nodes(&self, since: Timestamp) -> Result<Vec<Node>>;
}
