//! Windows in the store: planned maintenance, from being scheduled to being over.
//!
//! Whatever changes a window runs alone behind the fence, in the same transaction as the change of
//! the mode it brings: a window opens once, however many processes keep the time. What is over
//! stays on record, as the mode's history does.

use super::desk::Page;
use super::error::Result;
use super::mode::Changed;
use crate::domain::id::WindowId;
use crate::domain::mode::{Mode, Version};
use crate::domain::window::{Window, WindowState};
use crate::policy::window::Confidence;
use async_trait::async_trait;
use jiff::Timestamp;

/// At most so many windows stand ahead at once; a plan beyond that is a script gone wild.
pub const MAX_STANDING: i64 = 500;

/// What came of scheduling a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheduled {
    /// It is on record.
    Done,
    /// Another one stands at that time; nothing was kept.
    Overlaps(Box<Window>),
    /// [`MAX_STANDING`] stand already; nothing was kept.
    TooMany,
}

/// What came of cancelling a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It is cancelled; the mode is as it was.
    Done(Window, Mode),
    /// It was over already.
    Over(Window),
    /// There is none.
    Missing,
}

/// What keeping the time has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A window was over before a process could open it.
    Missed(Window),
    /// A window has begun.
    Opened(Window, Changed),
    /// A window is over, and another goes on.
    Ended(Window),
    /// A window is over, and the mode went off with it.
    TurnedOff(Window, Changed),
}

/// Changing the windows: each method is one script that runs alone.
#[async_trait]
pub trait WindowStore: WindowRows {
    /// Schedules a window, unless another stands at that time.
    async fn schedule(&self, window: Window, now: Timestamp) -> Result<Scheduled>;

    /// Cancels a window that is not over; the mode stays as it is.
    async fn cancel_window(&self, id: WindowId, by: String, now: Timestamp) -> Result<Cancelled>;

    /// Does what is due at `now`, in one transaction with the changes of the mode it brings.
    async fn keep_windows(&self, confidence: Confidence, now: Timestamp) -> Result<Vec<Kept>>;
}

/// Reading the windows.
#[async_trait]
pub trait WindowRows: Send + Sync {
    /// The windows scheduled and open, by their start; at most [`MAX_STANDING`].
    async fn standing_windows(&self) -> Result<Vec<Window>>;

    /// One window.
    async fn window(&self, id: WindowId) -> Result<Option<Window>>;

    /// All windows, those that start last first; with `state`, only those on record so.
    async fn windows(&self, state: Option<WindowState>, page: Page) -> Result<Vec<Window>>;

    /// The windows opened under, or ended by, one of these versions of the mode, both included.
    async fn windows_of_versions(&self, first: Version, last: Version) -> Result<Vec<Window>>;
}
