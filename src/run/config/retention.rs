//! `[retention]`: how long finished items are kept. Waiting, held and queued items are kept
//! regardless.

use super::error::{ConfigError, Fault};
use super::section::Section;
use std::time::Duration;

/// The `[retention]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// How long records are kept.
    pub records: Duration,
    /// How long bodies are kept; never longer than their records.
    pub bodies: Duration,
}

impl Retention {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let range = Duration::from_secs(1)..=Duration::from_secs(3650 * 86_400);
        let records = section.duration("records", range.clone())?;
        let bodies = section.duration("bodies", range)?;
        if bodies > records {
            let remedy = "Choose `retention.bodies` no longer than `retention.records`";
            let key = if section.is_default("bodies") { "records" } else { "bodies" };
            return Err(section.wrong(key, Fault::new("would keep bodies longer than their records", remedy)));
        }
        Ok(Self { records, bodies })
    }
}
