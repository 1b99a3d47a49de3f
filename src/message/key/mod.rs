//! Addresses: maps a recipient to an intent.
//!
//! [`Grammar::find`] is total: it maps every text of RCPT TO to one answer and never fails. Only
//! exact, anchored matches of configured addresses are ours. Nothing is rewritten except needless
//! quotes, so `%`, `!` and source routes lead nowhere. It looks at the envelope only, because the
//! sender writes the headers.
//!
//! Keys are secrets: only [`Recipient::address`] and [`Recipient::key`] hold them,
//! [`Recipient::mask`] never does. The local part is not limited to 64 bytes (RFC 5321 §4.5.3.1.1):
//! real project addresses are longer.

pub mod parse;
pub mod parts;
mod template;
#[cfg(test)]
mod tests;

use crate::domain::address::without_needless_quotes;
use crate::domain::mail::{Intent, Recipient};
use parse::{Door, parse};
use parts::KeyParts;
use std::collections::{BTreeMap, BTreeSet};
pub use template::GrammarError;
use template::{Template, check_custom};

/// The addresses an operator configured, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRules {
    /// `smtp.incoming_address`: a template with `%{key}` in the local part.
    pub incoming_address: String,
    /// `smtp.service_desk_address`: a template too; it also takes `slug-suffix`.
    pub service_desk_address: Option<String>,
    /// `smtp.custom_addresses`: plain addresses, each the Service Desk of one project.
    pub custom_addresses: Vec<CustomAddress>,
}

/// An address that people write to, and the project whose Service Desk it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomAddress {
    /// The plain address.
    pub address: String,
    /// The project's path; it serves as the key of mail to this address.
    pub project: String,
}

/// Whether an address is one of the configured ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// A configured address, with its intent (never `unknown` or `automatic`).
    Ours(Recipient),
    /// At a configured domain, but not a configured address: `550 5.1.1`.
    UnknownAddress,
    /// At a foreign domain: `550 5.7.1`.
    ForeignDomain,
}

/// The checked address rules.
#[derive(Debug, Clone)]
pub struct Grammar {
    incoming: Template,
    service_desk: Option<Template>,
    /// `local@domain`, with the domain in lower case, to the project.
    custom: BTreeMap<String, String>,
    /// In lower case.
    domains: BTreeSet<String>,
}

impl Grammar {
    /// Checks the rules.
    ///
    /// # Errors
    /// Names the first address that cannot work, with the remedy.
    pub fn new(rules: &AddressRules) -> Result<Self, GrammarError> {
        let incoming = Template::parse("smtp.incoming_address", &rules.incoming_address)?;
        let service_desk = rules.service_desk_address.as_deref();
        let service_desk = service_desk.map(|text| Template::parse("smtp.service_desk_address", text)).transpose()?;
        let mut domains = BTreeSet::from([incoming.domain.clone()]);
        domains.extend(service_desk.as_ref().map(|template| template.domain.clone()));
        let mut custom = BTreeMap::new();
        for CustomAddress { address: text, project } in &rules.custom_addresses {
            let (local, domain) = check_custom(text)?;
            if custom.insert(format!("{local}@{domain}"), project.clone()).is_some() {
                return Err(GrammarError::custom(text, "it is listed twice: give each address to one project"));
            }
            domains.insert(domain);
        }
        Ok(Self { incoming, service_desk, custom, domains })
    }

    /// Classifies `recipient`, the text between the angle brackets of RCPT TO.
    #[must_use]
    pub fn find(&self, recipient: &str) -> Ownership {
        let recipient = &*without_needless_quotes(recipient);
        if recipient.eq_ignore_ascii_case("postmaster") {
            return Ownership::Ours(person_in_charge(recipient));
        }
        let Some((local, domain)) = recipient.rsplit_once('@') else {
            return Ownership::UnknownAddress;
        };
        let folded = domain.to_ascii_lowercase();
        if !self.domains.contains(&folded) {
            return Ownership::ForeignDomain;
        }
        if ["postmaster", "abuse"].iter().any(|name| local.eq_ignore_ascii_case(name)) {
            return Ownership::Ours(person_in_charge(recipient));
        }
        // When configured addresses overlap, the intent that is judged first wins, then the more
        // specific address.
        let candidates = [
            self.find_custom(local, &folded),
            find_keyed(&self.incoming, Door::Incoming, local, &folded),
            self.service_desk.as_ref().and_then(|desk| find_keyed(desk, Door::ServiceDesk, local, &folded)),
        ];
        let best = candidates.into_iter().flatten().min_by_key(|found| found.intent);
        best.map_or(Ownership::UnknownAddress, |found| {
            Ownership::Ours(Recipient {
                address: recipient.to_owned(),
                mask: format!("{}@{domain}", found.mask),
                key: found.key.to_owned(),
                intent: found.intent,
            })
        })
    }

    /// Every domain that Postern accepts mail for, in lower case, without duplicates.
    #[must_use]
    pub fn domains(&self) -> Vec<String> {
        self.domains.iter().cloned().collect()
    }

    /// Matches a custom address: bare or with `+verify` (the key is its project), or with a reply
    /// key (which may carry `-unsubscribe`).
    fn find_custom<'a>(&'a self, local: &'a str, domain: &str) -> Option<Match<'a>> {
        let (base, tag) = local.split_once('+').map_or((local, None), |(base, tag)| (base, Some(tag)));
        let project = self.custom.get(&format!("{base}@{domain}"))?;
        match tag {
            None => Some(Match { intent: Intent::ServiceDesk, key: project, mask: local.to_owned() }),
            Some("verify") => Some(Match { intent: Intent::VerifyServiceDesk, key: project, mask: local.to_owned() }),
            Some(tag) => {
                let parts = parse(tag, Door::Incoming)?;
                let answers = matches!(parts, KeyParts::Reply(_) | KeyParts::Unsubscribe { .. });
                answers.then(|| Match { intent: parts.intent(), key: tag, mask: format!("{base}+{}", parts.mask()) })
            }
        }
    }
}

/// One possible reading of an address.
struct Match<'a> {
    intent: Intent,
    key: &'a str,
    /// The local part, masked.
    mask: String,
}

fn find_keyed<'a>(template: &Template, door: Door, local: &'a str, domain: &str) -> Option<Match<'a>> {
    let key = template.key(local, domain)?;
    let parts = parse(key, door)?;
    Some(Match { intent: parts.intent(), key, mask: template.fill(&parts.mask()) })
}

fn person_in_charge(recipient: &str) -> Recipient {
    Recipient {
        address: recipient.to_owned(),
        mask: recipient.to_owned(),
        key: String::new(),
        intent: Intent::Postmaster,
    }
}

/// The loggable form of a recipient that is not ours. It may be a mistyped key, so it keeps only
/// the first letter and the domain.
#[must_use]
pub fn mask_unknown(recipient: &str) -> String {
    let shown = |c: char| if c.is_alphanumeric() || ".-_@[]:<>…".contains(c) { c } else { '?' };
    crate::domain::address::mask(recipient).chars().map(shown).collect()
}
