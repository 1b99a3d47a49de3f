//! What a process reports of itself beside the mode: the files it was configured by, and what only it can see.
//!
//! It is kept with the process's row, so that every process, a console too, shows the same concerns. It is bounded: a few disks, at
//! most 21 kinds. It holds no content of a file and no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a process reports of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The files that are in force; `None` where no configuration was loaded.
    pub loaded: Option<Loaded>,
    /// What it sees.
    pub seen: Seen,
}

/// The files that are in force in a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The configuration file.
    pub configuration: Content,
    /// The operator's own table of kinds.
    pub kinds: Content,
}

/// What a file held when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The file, as an absolute path.
    pub file: String,
    /// A slow, salted digest of what it held; `None` when it was not there.
    pub digest: Option<String>,
}

/// What one process has seen. The default has seen nothing to worry about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// The process, as nodes are called (`host:number`); of a command the host alone.
    #[serde(skip)]
    pub node: String,
    /// The disks that it writes to.
    pub disks: Vec<Disk>,
    /// How many log lines it could not write since it started.
    pub log_lines_dropped: u64,
    /// The credentials file of the first start, while it is there.
    pub credentials: Option<Credentials>,
    /// Kinds of notifications that it took since it started and that are declared nowhere.
    pub unknown_kinds: Vec<String>,
}

impl Seen {
    /// Whether a command saw this, which is no node.
    #[must_use]
    pub fn is_of_command(&self) -> bool {
        !self.node.contains(':')
    }

    /// The machine that this was seen on.
    #[must_use]
    pub fn host(&self) -> &str {
        self.node.rsplit_once(':').map_or(&self.node, |(host, _)| host)
    }
}

/// A disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// A folder on it.
    pub folder: String,
    /// What an unprivileged account can still write, in bytes.
    pub free_bytes: u64,
    /// Its size, in bytes.
    pub total_bytes: u64,
}

/// The file that the first start wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Where it is.
    pub file: String,
    /// When it was written.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub written_at: Timestamp,
}
