//! A process that follows the mode.

use super::made_from::made_from;
use crate::domain::id::NodeId;
use crate::domain::mode::{SeenMode, Version};
use crate::flag::node;
use crate::store::mode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A live process that follows the mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Node {
    /// The process's last report.
    #[serde(flatten)]
    pub node: NodeReport,
    /// Age of the report in seconds.
    pub seconds_ago: i64,
    /// Whether the process has not seen the current version yet.
    pub behind: bool,
}

made_from! { node::LiveNode => Node { node = node.into(), seconds_ago, behind } }

/// What a process reports about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NodeReport {
    /// The process's own id, new at each start.
    pub id: NodeId,
    /// Host and process number.
    #[schema(examples("gateway-1/4711"))]
    pub name: String,
    /// The last version of the mode that it saw.
    #[schema(value_type = i64, examples(7))]
    pub version: Version,
    /// The mode as the process sees it.
    pub mode: SeenMode,
    /// When it reported this.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub seen_at: Timestamp,
}

made_from! { mode::Node => NodeReport { id, name, version, mode, seen_at; report } }
