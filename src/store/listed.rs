//! The rows of lists that are read page by page, each by its place.

use super::desk::{IncomingMail, QueueItem, SuppressedMail};
use crate::domain::id::AnyId;
use crate::domain::window::Window;
use jiff::Timestamp;

/// A row of a list.
pub trait Listed: Send + 'static {
    /// What the list is ordered by, newest first: [`Page::after`](super::desk::Page::after) goes on
    /// behind it.
    fn key(&self) -> (Timestamp, AnyId);
}

impl Listed for SuppressedMail {
    fn key(&self) -> (Timestamp, AnyId) {
        (self.suppressed_at, self.id.any())
    }
}

impl Listed for IncomingMail {
    fn key(&self) -> (Timestamp, AnyId) {
        (self.received_at, self.id.any())
    }
}

impl Listed for QueueItem {
    fn key(&self) -> (Timestamp, AnyId) {
        (self.queued_at, self.id.any())
    }
}

impl Listed for Window {
    fn key(&self) -> (Timestamp, AnyId) {
        (self.starts_at, self.id.any())
    }
}
