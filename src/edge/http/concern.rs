//! Concerns over HTTP: collects what this process can find, and shows it to programs.

use super::Parts;
use crate::concern::look::{Found, look};
use crate::concern::{Concern, Severity};
use std::sync::Arc;

/// A condition that needs an operator's attention.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct ShownConcern {
    /// A stable name. New names may be added.
    #[schema(examples("relay_away"))]
    code: &'static str,
    /// How urgent it is.
    severity: Severity,
    /// What is wrong.
    #[schema(examples("The relay has taken no notifications since 2026-12-01T04:00:00Z."))]
    sentence: String,
    /// What to do.
    remedy: &'static str,
}

impl From<&Concern> for ShownConcern {
    fn from(concern: &Concern) -> Self {
        Self {
            code: concern.code(),
            severity: concern.severity(),
            sentence: concern.sentence(),
            remedy: concern.remedy(),
        }
    }
}

/// The findings to judge, as this process sees them.
pub async fn found(parts: &Parts) -> Found {
    let seen = Arc::clone(&parts.seen);
    // A disk that hangs must not block other requests.
    let seen = tokio::task::spawn_blocking(move || seen()).await.unwrap_or_default();
    // A store that cannot be written accepts no mail, even if it can be read.
    // Run both at once: on a locked store each waits equally long.
    let (written, mut found) = tokio::join!(
        parts.store.probe_write(parts.clock.now()),
        look(parts.store.as_ref(), Arc::clone(&parts.rules), parts.clock.as_ref(), seen),
    );
    found.unknown_kinds = parts.enqueuer.unknown_kinds().into_iter().map(|(name, _)| name).collect();
    if let (Ok(_), Err(error)) = (&found.drain, written) {
        found.drain = Err(error);
    }
    found
}
