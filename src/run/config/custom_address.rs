//! `smtp.custom_addresses`: Service Desk addresses, each of one project.

use super::error::{ConfigError, Fault};
use super::section::Section;
use crate::domain::address::Address;
use std::collections::BTreeSet;

/// A Service Desk address of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomAddress {
    /// The bare address, without `+`.
    pub address: Address,
    /// The project's full path, `group/project`.
    pub project: String,
}

const KEY: &str = "custom_addresses";
const REMEDY: &str = "Write { address = \"support@acme.example\", project = \"group/project\" }";

/// Parses the whole list; an address may appear only once.
pub(super) fn custom_addresses(section: Section<'_>) -> Result<Vec<CustomAddress>, ConfigError> {
    let mut seen = BTreeSet::new();
    let mut addresses = Vec::new();
    for entry in section.array(KEY)? {
        let wrong = |fault| section.wrong_entry(KEY, entry.to_string().trim(), fault);
        let custom = custom_address(&entry).map_err(wrong)?;
        if !seen.insert(custom.address.as_str().to_ascii_lowercase()) {
            return Err(wrong(Fault::new("repeats an address", "Give each address to one project only")));
        }
        addresses.push(custom);
    }
    Ok(addresses)
}

fn custom_address(entry: &toml::Value) -> Result<CustomAddress, Fault> {
    let table = entry.as_table().ok_or_else(|| Fault::new("is no address with its project", REMEDY))?;
    if let Some(key) = table.keys().find(|key| !matches!(key.as_str(), "address" | "project")) {
        return Err(Fault::new(format!("holds the unknown key `{key}`"), REMEDY));
    }
    let text = |key: &str| {
        let value = table.get(key).and_then(toml::Value::as_str);
        value.ok_or_else(|| Fault::new(format!("holds no `{key}`"), REMEDY))
    };
    let address =
        Address::parse(text("address")?).map_err(|error| Fault::new(format!("holds no address: {error}"), REMEDY))?;
    if address.local().contains('+') {
        let remedy = "Write the bare address; what follows a + is a reply key or `verify`";
        return Err(Fault::new("has a + in its address", remedy));
    }
    let project = text("project")?.to_owned();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(plain);
    if !project.contains('/') || !project.split('/').all(is_part) {
        return Err(Fault::new("names no project", "Write its full path, like `group/project`"));
    }
    Ok(CustomAddress { address, project })
}
