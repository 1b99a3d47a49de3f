//! Standstills, as recorded: a flow whose other side takes nothing, and why.

use crate::domain::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// The two flows that can pause.
    pub enum Flow {
        /// Mail to the application.
        HandOver = "hand_over",
        /// Notifications to the relay.
        Relay = "relay",
    }
}

spelled! {
    /// Why a flow stands still.
    pub enum Cause {
        /// The other side cannot be reached, or says no for a reason of its own.
        Trouble = "trouble",
        /// The other side says that it takes no writes.
        ReadOnly = "read_only",
    }
}

/// A flow that stands still because the other side does not take anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Which flow.
    pub flow: Flow,
    /// Why, in a word.
    pub cause: Cause,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// When it is tried next.
    pub until: Timestamp,
    /// Failures in a row.
    pub failures: i64,
}
