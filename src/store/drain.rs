//! Draining: is anything decided before the mode came on still under way? Looked at under the
//! fence, so that the answer counts every transaction that could still have committed under an
//! older version.

use crate::domain::mode::Mode;
use jiff::Timestamp;

/// What is left, counted in one transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Mails being handed over, but for those that this maintenance itself accepted (for
    /// postmaster).
    pub hand_overs: i64,
    /// Deliveries of blocked classes being sent.
    pub blocked_deliveries: i64,
    /// Mails accepted before the mode came on that are still to be handed over in it.
    pub due_hand_overs: i64,
    /// All that is kept for later: mails waiting or held, deliveries queued or being sent.
    pub kept: i64,
}

impl Left {
    /// Is nothing decided before under way?
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.hand_overs == 0 && self.blocked_deliveries == 0 && self.due_hand_overs == 0
    }

    /// Is nothing left at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_drained() && self.kept == 0
    }
}

/// How far a maintenance is on record to have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The mode.
    pub mode: Mode,
    /// When nothing was under way for the first time under its version.
    pub drained_at: Option<Timestamp>,
}

/// How far a maintenance has drained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drain {
    /// The mode it was looked at under.
    pub mode: Mode,
    /// What is left.
    pub left: Left,
    /// When nothing was under way for the first time under this version; on record in the history.
    pub drained_at: Option<Timestamp>,
}

impl Drain {
    /// Is the mode on, and nothing decided before under way?
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.drained_at.is_some() && self.left.is_drained()
    }

    /// Is it drained, and nothing left at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_drained() && self.left.is_empty()
    }
}
