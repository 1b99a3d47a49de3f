//! What only a process on the spot can see: its own log, the disks it writes to.

use jiff::Timestamp;

/// What one process has seen. The default has seen nothing to worry about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The process, as nodes are called; empty for a command.
    pub node: String,
    /// The disks that it writes to.
    pub disks: Vec<Disk>,
    /// How many log lines it could not write since it started.
    pub log_lines_dropped: u64,
    /// The credentials file of the first start, while it is there.
    pub credentials: Option<Credentials>,
}

/// A disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// A folder on it.
    pub folder: String,
    /// What an unprivileged account can still write, in bytes.
    pub free_bytes: u64,
    /// Its size, in bytes.
    pub total_bytes: u64,
}

/// The file that the first start wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Where it is.
    pub file: String,
    /// When it was written.
    pub written_at: Timestamp,
}
