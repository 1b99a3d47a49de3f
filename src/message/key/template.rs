//! The configured addresses themselves: a template `local%{key}local@domain`, or a plain custom
//! address.

use crate::domain::address::Address;

const PLACEHOLDER: &str = "%{key}";

/// A configured address that cannot work, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} = \"{address}\": {remedy}")]
pub struct GrammarError {
    /// The configuration key, such as `smtp.incoming_address`.
    pub setting: &'static str,
    /// The address as configured.
    pub address: String,
    /// What is wrong, and what to write instead.
    pub remedy: String,
}

impl GrammarError {
    fn new(setting: &'static str, address: &str, remedy: impl Into<String>) -> Self {
        Self { setting, address: address.to_owned(), remedy: remedy.into() }
    }

    pub(super) fn custom(address: &str, remedy: impl Into<String>) -> Self {
        Self::new("smtp.custom_addresses", address, remedy)
    }
}

/// An address with a place for a key in its local part.
#[derive(Debug, Clone)]
pub(super) struct Template {
    prefix: String,
    suffix: String,
    /// In lower case.
    pub(super) domain: String,
}

impl Template {
    pub(super) fn parse(setting: &'static str, text: &str) -> Result<Self, GrammarError> {
        let wrong = |remedy: &str| Err(GrammarError::new(setting, text, remedy));
        let mut pieces = text.split(PLACEHOLDER);
        let (Some(prefix), Some(rest), None) = (pieces.next(), pieces.next(), pieces.next()) else {
            if text.contains(PLACEHOLDER) {
                return wrong("it holds %{key} twice: write it once, as in \"incoming+%{key}@example.com\"");
            }
            return wrong("put %{key} where the key goes, as in \"incoming+%{key}@example.com\"");
        };
        if prefix.contains('@') {
            return wrong("%{key} must stand before the @, as in \"incoming+%{key}@example.com\"");
        }
        let domain = checked(setting, text, &format!("{prefix}key{rest}"))?.1;
        let suffix = rest.rsplit_once('@').map_or("", |(suffix, _)| suffix);
        Ok(Self { prefix: prefix.to_owned(), suffix: suffix.to_owned(), domain })
    }

    /// The text in the place of `%{key}` when `local@domain` matches this template; `domain` is in
    /// lower case.
    pub(super) fn key<'a>(&self, local: &'a str, domain: &str) -> Option<&'a str> {
        if domain != self.domain {
            return None;
        }
        local.strip_prefix(self.prefix.as_str())?.strip_suffix(self.suffix.as_str()).filter(|key| !key.is_empty())
    }

    /// The local part with `key` inserted.
    pub(super) fn fill(&self, key: &str) -> String {
        format!("{}{key}{}", self.prefix, self.suffix)
    }
}

/// Splits a custom address into its local part and its domain in lower case.
pub(super) fn check_custom(text: &str) -> Result<(String, String), GrammarError> {
    if text.contains(PLACEHOLDER) {
        return Err(GrammarError::custom(text, "a custom address has no %{key}: write it as people mail to it"));
    }
    let (local, domain) = checked("smtp.custom_addresses", text, text)?;
    if local.contains('+') {
        let remedy = "leave out the + and what follows: +verify and reply keys are added to a custom address";
        return Err(GrammarError::custom(text, remedy));
    }
    if ["postmaster", "abuse"].iter().any(|name| local.eq_ignore_ascii_case(name)) {
        return Err(GrammarError::custom(text, "postmaster and abuse are read by a person: choose another address"));
    }
    Ok((local, domain))
}

fn checked(setting: &'static str, text: &str, address: &str) -> Result<(String, String), GrammarError> {
    let address = Address::parse(address)
        .map_err(|err| GrammarError::new(setting, text, format!("this is not an address: {err}")))?;
    if address.local().starts_with('"') {
        return Err(GrammarError::new(setting, text, "write the part before the @ without quotes"));
    }
    Ok((address.local().to_owned(), address.domain().to_ascii_lowercase()))
}
