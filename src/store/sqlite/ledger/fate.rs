//! How rows go on after their leases, so that those that go on alike share a statement.

use crate::domain::id::Lease;
use crate::store::record::column::micros;
use crate::store::script::row::{Ended, Ending};

/// How a row goes on after its lease: what is the same for many of them, so that one statement
/// serves all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    /// A delivery, or else a recipient.
    pub(super) is_delivery: bool,
    pub(super) state: &'static str,
    pub(super) reason: Option<String>,
    pub(super) next_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) uncounted: i64,
    /// The relay may have it.
    pub(super) is_maybe_sent: bool,
}

impl Fate {
    pub(super) fn of(ending: &Ending) -> Self {
        let (is_delivery, state) = match &ending.row {
            Ended::Recipient(_, state) => (false, state.as_str()),
            Ended::Delivery(_, state) => (true, state.as_str()),
        };
        Self {
            is_delivery,
            state,
            reason: ending.reason.clone(),
            next_at: ending.next_at.map(micros),
            ended_at: ending.ended_at().map(micros),
            uncounted: ending.uncounted(),
            is_maybe_sent: ending.is_maybe_sent(),
        }
    }
}

/// The row's id, as stored.
pub(super) fn id_of(ending: &Ending) -> String {
    match &ending.row {
        Ended::Recipient(held, _) => held.id.to_string(),
        Ended::Delivery(held, _) => held.id.to_string(),
    }
}

/// The lease that holds the row.
pub(super) fn lease_of(ending: &Ending) -> Lease {
    match &ending.row {
        Ended::Recipient(held, _) => held.lease,
        Ended::Delivery(held, _) => held.lease,
    }
}
