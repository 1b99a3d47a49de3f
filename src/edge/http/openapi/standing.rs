//! The state of the gateway: the processes that follow the mode, the paused flows, and the
//! background jobs.

use super::shape::shape;
use crate::domain::id::NodeId;
use crate::domain::job::Job;
use crate::domain::mode::{SeenMode, Version};
use crate::flag::node::LiveNode as Node;
use crate::store::desk::{Cause, Flow, Pause};
use crate::store::job::{JobResult, JobState, ShownJob as BackgroundJob};
use crate::store::mode::Node as NodeReport;
use jiff::Timestamp;

shape! {
    /// A live process that follows the mode.
    pub struct NodeShape = Node {
        /// The process's last report.
        #[serde(flatten)]
        #[schema(value_type = ReportShape)]
        node: NodeReport,
        /// Age of the report in seconds.
        seconds_ago: i64,
        /// Whether the process has not seen the current version yet.
        behind: bool,
    }
}

shape! {
    /// What a process reports about itself.
    pub struct ReportShape = NodeReport {
        /// The process's own id, new at each start.
        id: NodeId,
        /// Host and process number.
        #[schema(examples("gateway-1/4711"))]
        name: String,
        /// The last version of the mode that it saw.
        #[schema(value_type = i64, examples(7))]
        version: Version,
        /// The mode as the process sees it.
        mode: SeenMode,
        /// When it reported this.
        seen_at: Timestamp,
        ; report
    }
}

shape! {
    /// A flow that is paused because the other side accepts nothing.
    pub struct PauseShape = Pause {
        /// The paused flow.
        flow: Flow,
        /// The cause as a code.
        cause: Cause,
        /// The cause in words.
        #[schema(examples("connection refused"))]
        reason: String,
        /// When the pause began.
        since: Timestamp,
        /// When the next attempt is due.
        until: Timestamp,
        /// Failures in a row.
        #[schema(examples(3))]
        failures: i64,
    }
}

shape! {
    /// A background job and its state.
    pub struct JobShape = BackgroundJob {
        /// The job's name.
        name: Job,
        /// What the job does.
        purpose: &'static str,
        /// The job's state.
        state: JobState,
        /// When it was paused; `null` if it is not.
        #[schema(required)]
        paused_at: Option<Timestamp>,
        /// The person or token that paused it.
        #[schema(required)]
        paused_by: Option<String>,
        /// When the last run began.
        #[schema(required)]
        last_started_at: Option<Timestamp>,
        /// When the last run ended.
        #[schema(required)]
        last_ended_at: Option<Timestamp>,
        /// The result of the last run.
        #[schema(required)]
        last_result: Option<JobResult>,
        /// The result in words.
        #[schema(required)]
        last_sentence: Option<String>,
        /// When the last successful run ended.
        #[schema(required)]
        last_succeeded_at: Option<Timestamp>,
        /// Failed runs in a row.
        failures: i64,
        /// When the next run is due; `null` while it is paused.
        #[schema(required)]
        next_at: Option<Timestamp>,
    }
}
