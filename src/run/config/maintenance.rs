//! `[maintenance]`: how the mode treats incoming mail and blocked HTTP writes.

use super::error::{ConfigError, Fault};
use super::section::Section;
use crate::domain::mail::Intent;
use crate::policy::rules::{AcceptedBefore, Rules, Treatment, WRITING};
use std::collections::BTreeMap;

/// The `[maintenance]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// The treatment of mail that would write.
    pub incoming: Treatment,
    /// The treatment of single intents.
    pub intents: BTreeMap<Intent, Treatment>,
    /// The treatment of mail accepted before the mode came on.
    pub accepted_before: AcceptedBefore,
    /// The status of a blocked HTTP write: 403 or 503.
    pub write_block_status: u16,
}

impl Maintenance {
    pub(super) fn read(section: Section<'_>, intents: Section<'_>) -> Result<Self, ConfigError> {
        let treatment =
            |section: Section<'_>, key: &str| section.word(key, Treatment::ALL, |treatment| treatment.as_str());
        let mut own = BTreeMap::new();
        for intent in WRITING.iter().filter(|intent| intents.has(intent.as_str())) {
            own.insert(*intent, treatment(intents, intent.as_str())?);
        }
        let write_block_status = section.number("write_block_status", 100..=599)?;
        if !matches!(write_block_status, 403 | 503) {
            let fault = Fault::new("is no status for a blocked write", "Write 403 or 503");
            return Err(section.wrong("write_block_status", fault));
        }
        Ok(Self {
            incoming: treatment(section, "incoming")?,
            intents: own,
            accepted_before: section.word("accepted_before", AcceptedBefore::ALL, |word| word.as_str())?,
            write_block_status,
        })
    }

    /// The settings as policy needs them; settings of other sections keep their defaults.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            incoming: self.incoming,
            intents: self.intents.clone(),
            accepted_before: self.accepted_before,
            ..Rules::default()
        }
    }
}
