//! What only a local process can observe: its own log, and the disks it writes to.

use jiff::Timestamp;

/// The observations of one process. The default contains nothing to worry about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The process's node name; empty for a command.
    pub node: String,
    /// The disks that the process writes to.
    pub disks: Vec<Disk>,
    /// Log lines it could not write since it started.
    pub log_lines_dropped: u64,
    /// The credentials file of the first start, while it exists.
    pub credentials: Option<Credentials>,
}

/// The state of one disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// A folder on it.
    pub folder: String,
    /// Space that an unprivileged account can still use, in bytes.
    pub free_bytes: u64,
    /// Total size, in bytes.
    pub total_bytes: u64,
}

/// The file that the first start wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Path of the file.
    pub file: String,
    /// When it was written.
    pub written_at: Timestamp,
}
