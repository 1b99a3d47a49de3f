//! Concerns on the overview: the style of each, and the target of its link.

use crate::concern::sentence::{Piece, Sentence};
use crate::concern::{Concern, Severity};
use askama::Template;

const QUEUES: (&str, &str) = ("/admin/queues", "Queues");
const JOBS: (&str, &str) = ("/admin/background_jobs", "Background jobs");
const GENERAL: (&str, &str) = ("/admin/application_settings/general", "Maintenance Mode");

/// The concerns on the overview, above everything else.
#[derive(Template)]
#[template(path = "concerns.html")]
pub struct Concerns {
    concerns: Vec<Note>,
}

impl Concerns {
    /// The given concerns, in their order.
    #[must_use]
    pub fn of(concerns: &[Concern]) -> Self {
        Self { concerns: concerns.iter().map(Note::from).collect() }
    }
}

/// A concern as the overview shows it.
struct Note {
    code: &'static str,
    /// The style: `bad` or `warn`.
    look: &'static str,
    /// What is wrong, and what was seen.
    said: [Sentence; 2],
    /// What to do.
    remedy: &'static str,
    /// The target and the label of the link.
    way: Option<(&'static str, &'static str)>,
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
