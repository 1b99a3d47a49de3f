//! Concerns over HTTP: what is found from here, and how programs are told of it.

use super::Parts;
use crate::concern::look::{Found, look};
use crate::concern::{Concern, Severity};
use std::sync::Arc;

/// Something that an operator should look at.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct ShownConcern {
    /// A stable name; new ones may come.
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

/// What there is to judge, as this process finds it.
pub async fn found(parts: &Parts) -> Found {
    let seen = Arc::clone(&parts.seen);
    // A disk that hangs must not hold up other requests.
    let seen = tokio::task::spawn_blocking(move || seen()).await.unwrap_or_default();
    // A store that cannot be written takes nothing, however well it can be read.
    // Both at once: on a locked store each waits as long as the other.
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
