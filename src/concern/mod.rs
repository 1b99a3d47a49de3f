//! Conditions that need an operator's attention, judged in one place and shown alike by readiness,
//! the overview and `maintenance status`.
//!
//! [`look::look`] reads the store, where each process reports what only it can see, and takes what
//! this process sees itself. [`judge::judge`] is pure and turns that and the time into concerns,
//! the most severe first; `wording` has their sentences. The interfaces only render them: readiness
//! as JSON with [`Concern::code`], the overview with a link, the console with the command to run. A
//! code never changes its meaning; new ones may be added.

pub mod judge;
pub mod look;
pub mod sentence;
mod wording;

use crate::domain::id::WindowId;
use crate::domain::job::Job;
use crate::domain::mode::Version;
use crate::domain::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// How urgent a concern is.
    pub enum Severity {
        /// Mail, notifications or the mode itself fail to work as they should: act now.
        Error = "error",
        /// Everything still works, or recovers without help: look into it today.
        Warning = "warning",
    }
}

/// A condition that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The store does not answer.
    StoreUnreachable,
    /// The store holds data that violates an invariant.
    StoreDamaged,
    /// The store cannot be written: disk full, read-only file, quota exceeded.
    StoreUnwritable,
    /// The store's version of the mode is older than one seen before.
    StoreWentBack {
        /// The highest version seen.
        seen: Version,
        /// The version that the store has.
        read: Version,
    },
    /// A disk that Postern writes to is nearly full.
    DiskNearlyFull {
        /// The machine.
        host: String,
        /// A folder on it.
        folder: String,
        /// Free space, in bytes.
        free_bytes: u64,
        /// Whether not even a few large mails fit any more.
        is_critical: bool,
    },
    /// The application answers as if it were read-only.
    ApplicationReadOnly(Standstill),
    /// The application accepts no mail.
    ApplicationAway(Standstill),
    /// The relay accepts no notifications.
    RelayAway(Standstill),
    /// A node has not seen the current version of the mode.
    NodeBehind {
        /// The node's name.
        node: String,
        /// The version it has seen.
        version: Version,
    },
    /// A node treats the mode as unknown.
    NodeWithoutMode {
        /// The node's name.
        node: String,
        /// The version it has seen.
        version: Version,
    },
    /// The announced end of the maintenance has passed.
    MaintenanceOverrun {
        /// The announced end.
        end: Timestamp,
        /// How long ago that was, in seconds.
        seconds: i64,
    },
    /// Work in progress when the mode came on takes long to finish.
    SlowToDrain {
        /// Since when the mode has been on.
        since: Timestamp,
    },
    /// Mails that the application cannot accept.
    FailedHandOvers {
        /// Number of mails.
        count: i64,
    },
    /// Deliveries that the relay refused permanently.
    FailedDeliveries {
        /// Number of deliveries.
        count: i64,
    },
    /// A background job fails.
    JobFailing {
        /// The failing job.
        job: Job,
        /// Failures in a row.
        failures: i64,
        /// The last error message.
        reason: Option<String>,
        /// The time of the next run.
        next_at: Timestamp,
    },
    /// Background jobs are still paused although the mode is off.
    JobsPaused {
        /// The paused jobs.
        jobs: Vec<Job>,
    },
    /// A window cannot begin or end automatically, because the job that does it is paused.
    KeeperPaused {
        /// The window.
        window: WindowId,
        /// Whether it cannot begin or cannot end.
        missed: Missed,
        /// When it is due to begin or end.
        at: Timestamp,
    },
    /// Notifications of undeclared kinds.
    UnknownKinds {
        /// Names of the kinds.
        kinds: Vec<String>,
    },
    /// Log lines could not be written.
    LogLinesDropped {
        /// The node that lost them.
        node: String,
        /// Lines lost since it started.
        count: u64,
    },
    /// The credentials file of the first start is still on the disk.
    CredentialsLeft {
        /// The machine.
        host: String,
        /// Path of the file.
        file: String,
    },
}

/// A flow at a standstill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standstill {
    /// Since when it has stood still.
    pub since: Timestamp,
    /// The observed failure, and its possible meaning.
    pub reason: String,
    /// When the next attempt is due.
    pub until: Timestamp,
}

/// The automatic step that a window misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// It is scheduled but cannot turn the mode on.
    Begin,
    /// It is open but cannot end.
    End,
}

impl Concern {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::StoreUnreachable => "store_unreachable",
            Self::StoreDamaged => "store_damaged",
            Self::StoreUnwritable => "store_unwritable",
            Self::StoreWentBack { .. } => "store_went_back",
            Self::DiskNearlyFull { .. } => "disk_nearly_full",
            Self::ApplicationReadOnly(_) => "application_read_only",
            Self::ApplicationAway(_) => "application_away",
            Self::RelayAway(_) => "relay_away",
            Self::NodeBehind { .. } => "node_behind",
            Self::NodeWithoutMode { .. } => "node_without_mode",
            Self::MaintenanceOverrun { .. } => "maintenance_overrun",
            Self::SlowToDrain { .. } => "slow_to_drain",
            Self::FailedHandOvers { .. } => "failed_hand_overs",
            Self::FailedDeliveries { .. } => "failed_deliveries",
            Self::JobFailing { .. } => "job_failing",
            Self::JobsPaused { .. } => "jobs_paused",
            Self::KeeperPaused { .. } => "window_keeper_paused",
            Self::UnknownKinds { .. } => "unknown_kinds",
            Self::LogLinesDropped { .. } => "log_lines_dropped",
            Self::CredentialsLeft { .. } => "credentials_left",
        }
    }

    /// The severity of this concern.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::StoreUnreachable
            | Self::StoreDamaged
            | Self::StoreUnwritable
            | Self::StoreWentBack { .. }
            | Self::DiskNearlyFull { is_critical: true, .. }
            | Self::ApplicationReadOnly(_)
            | Self::ApplicationAway(_)
            | Self::RelayAway(_)
            | Self::NodeWithoutMode { .. }
            | Self::MaintenanceOverrun { .. } => Severity::Error,
            Self::DiskNearlyFull { is_critical: false, .. }
            | Self::NodeBehind { .. }
            | Self::SlowToDrain { .. }
            | Self::FailedHandOvers { .. }
            | Self::FailedDeliveries { .. }
            | Self::JobFailing { .. }
            | Self::JobsPaused { .. }
            | Self::KeeperPaused { .. }
            | Self::UnknownKinds { .. }
            | Self::LogLinesDropped { .. }
            | Self::CredentialsLeft { .. } => Severity::Warning,
        }
    }
}
