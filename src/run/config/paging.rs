//! `[paging]`: the default recipients of pages.

use super::error::{ConfigError, Fault};
use super::section::Section;
use crate::domain::address::Address;

/// The `[paging]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The recipients of a page that names none.
    pub recipients: Vec<Address>,
}

impl Paging {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let recipients = section.list("recipients", |text| {
            Address::parse(text).map_err(|error| Fault::new("is no address", format!("Correct it: {error}")))
        })?;
        Ok(Self { recipients })
    }
}
