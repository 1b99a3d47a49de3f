//! Concerns over HTTP: collects what this process can find, and shows it to programs.

use super::Parts;
use crate::concern::look::{Found, look};
use std::sync::Arc;

/// The findings to judge, as this process sees them. Writes nothing, and takes the fence only until
/// a maintenance is drained.
pub async fn found(parts: &Parts) -> Found {
    let seen = Arc::clone(&parts.seen);
    // A disk that hangs must not block other requests.
    let seen = tokio::task::spawn_blocking(move || seen()).await.unwrap_or_default();
    look(parts.store.as_ref(), Arc::clone(&parts.rules), parts.clock.as_ref(), seen).await
}

/// The same findings, after a small write: a store that cannot be written accepts no mail, even if
/// it can be read.
pub async fn found_writing(parts: &Parts) -> Found {
    // Run both at once: on a locked store each waits equally long.
    let (written, mut found) = tokio::join!(parts.store.probe_write(parts.clock.now()), found(parts));
    if let (Ok(_), Err(error)) = (&found.progress, written) {
        found.progress = Err(error);
    }
    found
}
