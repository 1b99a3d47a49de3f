//! The mode: alone for everybody, and with what is under way for those who may read.

use super::made_from::made_from;
use super::{Node, Outlook};
use crate::domain::mode::{self, State, Version};
use crate::store::desk::Depths;
use crate::store::drain;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The mode as every client may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mode {
    /// Off or on.
    pub mode: State,
    /// Grows by one at every change and never goes back.
    #[schema(value_type = i64, examples(7))]
    pub version: Version,
    /// The administrator's message.
    #[schema(required, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// When the state began.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub since: Timestamp,
    /// The planned end; an announcement, not a timer.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub until: Option<Timestamp>,
}

impl From<mode::Mode> for Mode {
    fn from(mode: mode::Mode) -> Self {
        let mode::Mode { state, version, message, since, until } = mode;
        Self { mode: state, version, message, since, until }
    }
}

/// The mode and the work in progress, for callers with read access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModeWithPending {
    // No text of its own: the document has that of the thing that is flattened.
    #[serde(flatten)]
    pub(crate) mode: Mode,
    /// Whether all work that was decided before the mode came on has finished; null while the mode
    /// is off.
    #[schema(required)]
    pub drained: Option<bool>,
    /// When it became drained under this version.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub drained_at: Option<Timestamp>,
    /// Whether it is drained, and no work is waiting, held or queued; null while the mode is off.
    #[schema(required)]
    pub empty: Option<bool>,
    /// Work in progress or waiting.
    pub pending: Pending,
    /// The processes that reported within the last seconds, with the version that each has seen.
    pub nodes: Vec<Node>,
    // No text of its own: the document has that of the thing that is flattened.
    #[serde(flatten)]
    pub(crate) outlook: Outlook,
}

/// Work in progress or waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pending {
    /// Mails being handed over.
    pub hand_overs: i64,
    /// Deliveries being sent.
    pub deliveries: i64,
    /// SMTP transactions open in this process.
    #[schema(value_type = usize)]
    pub smtp_transactions: Option<usize>,
    /// Accepted mails that wait for hand-over.
    pub waiting: i64,
    /// Mails held until the mode is off.
    pub held: i64,
    /// Deliveries that wait to be sent.
    pub queued: i64,
    /// Queued deliveries of an undeclared kind. While the mode is on they wait for its end, unless
    /// `unknown_kind` says otherwise.
    pub unclassified: i64,
}

impl Pending {
    /// What is under way or waits; what is open at the SMTP door only its process knows.
    #[must_use]
    pub fn of(depths: &Depths, smtp_transactions: Option<usize>) -> Self {
        Self {
            hand_overs: depths.hand_overs,
            deliveries: depths.deliveries,
            smtp_transactions,
            waiting: depths.waiting,
            held: depths.held,
            queued: depths.queued,
            unclassified: depths.unclassified,
        }
    }
}

/// What is between a maintenance and its being drained or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Mails being handed over.
    pub hand_overs: i64,
    /// Deliveries of blocked classes being sent.
    pub blocked_deliveries: i64,
    /// Mails accepted before the mode came on that are still to be handed over in it.
    pub due_hand_overs: i64,
    /// All that is kept for later: mails waiting or held, deliveries queued or being sent.
    pub kept: i64,
}

made_from! { drain::Left => Left { hand_overs, blocked_deliveries, due_hand_overs, kept } }
