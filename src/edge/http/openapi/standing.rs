//! How the gateway stands: the processes that follow the mode, the flows that stand still, and the background jobs.

use super::shape::shape;
use crate::domain::id::NodeId;
use crate::domain::job::Job;
use crate::domain::mode::SeenMode;
use crate::flag::node::LiveNode as Node;
use crate::store::desk::{Cause, Flow, Pause};
use crate::store::job::{JobResult, JobState, ShownJob as BackgroundJob};
use crate::store::mode::Node as NodeReport;
use jiff::Timestamp;

shape! {
    /// A live process that follows the mode.
    pub struct NodeShape = Node {
        /// What it says of itself.
        #[serde(flatten)]
        #[schema(value_type = ReportShape)]
        node: NodeReport,
        /// How many seconds ago it said so.
        seconds_ago: i64,
        /// Has it not seen the current version yet?
        behind: bool,
    }
}

shape! {
    /// What a process says of itself.
    pub struct ReportShape = NodeReport {
        /// The process's own id, new at each start.
        id: NodeId,
        /// Host and process number.
        #[schema(examples("gateway-1/4711"))]
        name: String,
        /// The version of the mode that it saw last.
        #[schema(examples(7))]
        version: i64,
        /// What it makes of the mode.
        mode: SeenMode,
        /// When it said so.
        seen_at: Timestamp,
        ; report
    }
}

shape! {
    /// A flow that stands still because the other side takes nothing.
    pub struct PauseShape = Pause {
        /// Which flow.
        flow: Flow,
        /// Why, in a word.
        cause: Cause,
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

shape! {
    /// A background job and how it stands.
    pub struct JobShape = BackgroundJob {
        /// Which.
        name: Job,
        /// What it does.
        purpose: &'static str,
        /// Where it stands.
        state: JobState,
        /// Since when it is paused.
        #[schema(required)]
        paused_at: Option<Timestamp>,
        /// Who paused it.
        #[schema(required)]
        paused_by: Option<String>,
        /// When a turn began last.
        #[schema(required)]
        last_started_at: Option<Timestamp>,
        /// When a turn ended last.
        #[schema(required)]
        last_ended_at: Option<Timestamp>,
        /// What came of it.
        #[schema(required)]
        last_result: Option<JobResult>,
        /// The same in words.
        #[schema(required)]
        last_sentence: Option<String>,
        /// When a turn ended well last.
        #[schema(required)]
        last_succeeded_at: Option<Timestamp>,
        /// Failed turns in a row.
        failures: i64,
        /// When its next turn is due; `null` while it is paused.
        #[schema(required)]
        next_at: Option<Timestamp>,
    }
}
