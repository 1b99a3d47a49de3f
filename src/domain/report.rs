//! What a node reports besides the mode: the files it is configured by, and what only a local
//! process can observe.
//!
//! A report is stored with the node's row, so that every process, including a console, shows the
//! same concerns. It is bounded: a few disks and at most 21 kinds. It contains no file contents and
//! no secrets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The report of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The files in force; `None` until they have been digested.
    pub loaded: Option<Loaded>,
    /// Its local observations.
    pub seen: Seen,
}

/// The configuration files in force in a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The configuration file.
    pub configuration: Content,
    /// The operator's own table of kinds.
    pub kinds: Content,
}

/// The content of a file when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The file, as an absolute path.
    pub file: String,
    /// A slow, salted digest of the content; `None` when the file did not exist.
    pub digest: Option<String>,
}

/// The observations of one process. The default contains nothing to worry about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// The process's node name (`host:number`); for a command the host alone.
    #[serde(skip)]
    pub node: String,
    /// The disks that the process writes to.
    pub disks: Vec<Disk>,
    /// Log lines it could not write since it started.
    pub log_lines_dropped: u64,
    /// The credentials file of the first start, while it exists.
    pub credentials: Option<Credentials>,
    /// Undeclared kinds of the notifications it has accepted since it started.
    pub unknown_kinds: Vec<String>,
}

impl Seen {
    /// Whether these are a command's observations; a command is not a node.
    #[must_use]
    pub fn is_of_command(&self) -> bool {
        !self.node.contains(':')
    }

    /// The machine of these observations.
    #[must_use]
    pub fn host(&self) -> &str {
        self.node.rsplit_once(':').map_or(&self.node, |(host, _)| host)
    }
}

/// The state of one disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// A folder on it.
    pub folder: String,
    /// Space that an unprivileged account can still use, in bytes.
    pub free_bytes: u64,
    /// Total size, in bytes.
    pub total_bytes: u64,
}

/// The file that the first start wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Path of the file.
    pub file: String,
    /// When it was written.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub written_at: Timestamp,
}
