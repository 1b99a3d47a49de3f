//! Concerns on the overview: how each looks, and where its link leads.

use crate::concern::sentence::Sentence;
use crate::concern::{Concern, Severity};

const QUEUES: (&str, &str) = ("/admin/queues", "Queues");
const JOBS: (&str, &str) = ("/admin/background_jobs", "Background jobs");
const GENERAL: (&str, &str) = ("/admin/application_settings/general", "Maintenance Mode");

/// A concern as the overview shows it.
pub struct Note {
    /// Its stable name.
    pub code: &'static str,
    /// How it looks: `bad` or `warn`.
    pub look: &'static str,
    /// What is wrong, and what was seen.
    pub said: [Sentence; 2],
    /// What to do.
    pub remedy: &'static str,
    /// Where, and what the link says.
    pub way: Option<(&'static str, &'static str)>,
}

impl From<&Concern> for Note {
    fn from(concern: &Concern) -> Self {
        Self {
            code: concern.code(),
            look: match concern.severity() {
                Severity::Error => "bad",
                Severity::Warning => "warn",
            },
            said: [concern.title(), concern.detail()],
            remedy: concern.remedy(),
            way: way(concern),
        }
    }
}

fn way(concern: &Concern) -> Option<(&'static str, &'static str)> {
    match concern {
        Concern::ApplicationReadOnly(_)
        | Concern::ApplicationAway(_)
        | Concern::RelayAway(_)
        | Concern::SlowToDrain { .. } => Some(QUEUES),
        Concern::FailedHandOvers { .. } => Some(("/admin/queues?type=recipient&state=failed", "What failed, and why")),
        Concern::FailedDeliveries { .. } => Some(("/admin/queues?type=delivery&state=failed", "What failed, and why")),
        Concern::StoreWentBack { .. } | Concern::NodeWithoutMode { .. } | Concern::MaintenanceOverrun { .. } => {
            Some(GENERAL)
        }
        Concern::JobFailing { .. } | Concern::JobsPaused { .. } | Concern::KeeperPaused { .. } => Some(JOBS),
        Concern::StoreUnreachable
        | Concern::StoreDamaged
        | Concern::StoreUnwritable
        | Concern::DiskNearlyFull { .. }
        | Concern::NodeBehind { .. }
        | Concern::UnknownKinds { .. }
        | Concern::LogLinesDropped { .. }
        | Concern::CredentialsLeft { .. } => None,
    }
}
