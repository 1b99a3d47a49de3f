//! How the gateway stands: the processes that follow the mode, and the flows that stand still.

use super::shape::shape;
use crate::domain::id::Id;
use crate::store::desk::{Flow, Pause};
use crate::store::mode::Node;
use jiff::Timestamp;

shape! {
    /// A process that follows the mode.
    pub struct NodeShape = Node {
        /// The process's own id, new at each start.
        id: Id,
        /// Host and process number.
        #[schema(examples("gateway-1/4711"))]
        name: String,
        /// The version of the mode that it saw last.
        #[schema(examples(7))]
        version: i64,
        /// When it said so.
        seen_at: Timestamp,
    }
}

shape! {
    /// A flow that stands still because the other side takes nothing.
    pub struct PauseShape = Pause {
        /// Which flow.
        flow: Flow,
        /// Why, in words.
        #[schema(examples("connection refused"))]
        reason: String,
        /// Since when.
        since: Timestamp,
        /// When it is tried next.
        until: Timestamp,
        /// Failures in a row.
        #[schema(examples(3))]
        failures: i64,
    }
}
