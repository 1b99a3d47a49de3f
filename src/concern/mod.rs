//! What needs an operator's attention: one judgement, which readiness, the overview and `maintenance status` all show.
//!
//! [`look::look`] reads the store, where the processes report what only they can see, and takes what this one sees itself; [`judge::judge`] is pure and turns that and the time
//! into concerns, the worst first; `wording` has their sentences. The doors only render them: readiness as JSON with [`Concern::code`],
//! the overview with a link, the console with the command to run. Codes never change their meaning; new ones may come.

pub mod judge;
pub mod look;
pub mod sentence;
mod wording;

use crate::domain::id::WindowId;
use crate::domain::job::Job;
use crate::domain::spelling::spelled;
use jiff::Timestamp;

spelled! {
    /// How urgent a concern is.
    pub enum Severity {
        /// Mail, notifications or the mode itself do not do what they should: act now.
        Error = "error",
        /// Everything still works, or goes on by itself: look into it today.
        Warning = "warning",
    }
}

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The store does not answer.
    StoreUnreachable,
    /// The store holds something that it never should.
    StoreDamaged,
    /// The store cannot be written: disk full, read-only file, quota.
    StoreUnwritable,
    /// The store has an older version of the mode than was seen before.
    StoreWentBack {
        /// The highest version that was seen.
        seen: i64,
        /// The version that the store has.
        read: i64,
    },
    /// A disk that Postern writes to is nearly full.
    DiskNearlyFull {
        /// The machine.
        host: String,
        /// A folder on it.
        folder: String,
        /// What is left, in bytes.
        free_bytes: u64,
        /// No room for even a few large mails.
        is_critical: bool,
    },
    /// The application answers as one does that is read-only.
    ApplicationReadOnly(Standstill),
    /// The application takes no mail.
    ApplicationAway(Standstill),
    /// The relay takes no notifications.
    RelayAway(Standstill),
    /// A node has not seen the current version of the mode.
    NodeBehind {
        /// Its name.
        node: String,
        /// The version it has seen.
        version: i64,
    },
    /// A node treats the mode as unknown.
    NodeWithoutMode {
        /// Its name.
        node: String,
        /// The version it has seen.
        version: i64,
    },
    /// The announced end of the maintenance has passed.
    MaintenanceOverrun {
        /// The announced end.
        end: Timestamp,
        /// How long ago that was.
        seconds: i64,
    },
    /// What was under way when the mode came on takes long to finish.
    SlowToDrain {
        /// Since when the mode is on.
        since: Timestamp,
    },
    /// Mails that the application cannot take.
    FailedHandOvers {
        /// How many.
        count: i64,
    },
    /// Deliveries that the relay refused for good.
    FailedDeliveries {
        /// How many.
        count: i64,
    },
    /// A background job fails.
    JobFailing {
        /// Which.
        job: Job,
        /// How often in a row.
        failures: i64,
        /// What it said last.
        reason: Option<String>,
        /// When it runs again.
        next_at: Timestamp,
    },
    /// Background jobs are still paused although the mode is off.
    JobsPaused {
        /// Which.
        jobs: Vec<Job>,
    },
    /// A window cannot begin or end by itself, since the job that does it is paused.
    KeeperPaused {
        /// The window.
        window: WindowId,
        /// What it cannot do by itself: begin or end.
        missed: Missed,
        /// When that would be.
        at: Timestamp,
    },
    /// Kinds of notifications that are declared nowhere.
    UnknownKinds {
        /// Their names.
        kinds: Vec<String>,
    },
    /// Log lines could not be written.
    LogLinesDropped {
        /// The node that lost them.
        node: String,
        /// How many since it started.
        count: u64,
    },
    /// The credentials of the first start still lie on the disk.
    CredentialsLeft {
        /// The machine.
        host: String,
        /// Where on it.
        file: String,
    },
}

/// A flow that stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standstill {
    /// Since when.
    pub since: Timestamp,
    /// What was seen, and what it may mean.
    pub reason: String,
    /// When it is tried again.
    pub until: Timestamp,
}

/// What a window cannot do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// It is scheduled, and cannot turn the mode on.
    Begin,
    /// It is open, and cannot end.
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

    /// How urgent it is.
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
