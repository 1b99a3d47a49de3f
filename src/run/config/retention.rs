//! `[retention]`: how long finished things are kept. What waits, is held or queued is kept whatever stands here.

use super::error::{ConfigError, Fault};
use super::section::Section;
use std::time::Duration;

/// `[retention]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// For records.
    pub records: Duration,
    /// For bodies; never longer than the records they belong to.
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
