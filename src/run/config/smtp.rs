//! `[smtp]`: incoming mail.

use super::custom_address::{CustomAddress, custom_addresses};
use super::error::{ConfigError, Fault};
use super::place;
use super::section::Section;
use crate::domain::address::Address;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::time::Duration;

/// The `[smtp]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// The listening address.
    pub listen: SocketAddr,
    /// The host name in the greeting.
    pub hostname: String,
    /// The template of incoming addresses; its local part contains `%{key}` once.
    pub incoming_address: String,
    /// The template of Service Desk addresses, if any.
    pub service_desk_address: Option<String>,
    /// Service Desk addresses of single projects.
    pub custom_addresses: Vec<CustomAddress>,
    /// Largest message, in bytes.
    pub max_message_bytes: usize,
    /// Most recipients of one message.
    pub max_recipients: usize,
    /// Most simultaneous connections.
    pub max_connections: usize,
    /// Most simultaneous connections from one client.
    pub max_connections_per_client: usize,
    /// Most bytes of messages being received at the same time; at least one message fits.
    pub buffer_bytes: usize,
    /// How long a client may stay silent.
    pub idle_timeout: Duration,
    /// How long one connection may last.
    pub session_timeout: Duration,
    /// The networks whose clients may submit mail.
    pub trusted_clients: Vec<IpNet>,
    /// Whether to answer 4xx instead of 5xx.
    pub soft_bounce: bool,
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
/// A smaller limit is a mistake in the unit (25 for 25 MiB) and would refuse every mail.
const LEAST_MESSAGE_BYTES: i64 = 1024;
const GIB: i64 = 1 << 30;

impl Smtp {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let smtp = Self {
            listen: section.parsed("listen", place::listen)?,
            hostname: section.parsed("hostname", hostname)?,
            incoming_address: section.parsed("incoming_address", template)?,
            service_desk_address: section.parsed("service_desk_address", |text| match text {
                "" => Ok(None),
                text => template(text).map(Some),
            })?,
            custom_addresses: custom_addresses(section)?,
            max_message_bytes: section.number("max_message_bytes", LEAST_MESSAGE_BYTES..=GIB)?,
            max_recipients: section.number("max_recipients", 1..=10_000)?,
            max_connections: section.number("max_connections", 1..=100_000)?,
            max_connections_per_client: section.number("max_connections_per_client", 1..=100_000)?,
            buffer_bytes: section.number("buffer_bytes", LEAST_MESSAGE_BYTES..=1024 * GIB)?,
            idle_timeout: section.duration("idle_timeout", SECOND..=DAY)?,
            session_timeout: section.duration("session_timeout", SECOND..=DAY)?,
            trusted_clients: section.list("trusted_clients", place::network)?,
            soft_bounce: section.answer("soft_bounce")?,
        };
        smtp.check_pairs(section)?;
        Ok(smtp)
    }

    fn check_pairs(&self, section: Section<'_>) -> Result<(), ConfigError> {
        if self.max_message_bytes > self.buffer_bytes {
            let remedy = "Choose `smtp.buffer_bytes` at least as large as `smtp.max_message_bytes`";
            let key = if section.is_default("max_message_bytes") { "buffer_bytes" } else { "max_message_bytes" };
            let fault = Fault::new("leaves no room for the largest message", remedy);
            return Err(section.wrong(key, fault));
        }
        let same = |other: &String| other.eq_ignore_ascii_case(&self.incoming_address);
        if self.service_desk_address.as_ref().is_some_and(same) {
            let remedy = "Give Service Desk an address of its own, or \"\" for none";
            let fault = Fault::new("is the same as `smtp.incoming_address`", remedy);
            return Err(section.wrong("service_desk_address", fault));
        }
        Ok(())
    }
}

/// A host name or an address literal, as in a greeting (RFC 5321 §4.1.2).
fn hostname(text: &str) -> Result<String, Fault> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let clean = bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    if clean && !bare.is_empty() && text.len() <= 255 {
        return Ok(text.to_owned());
    }
    Err(Fault::new("is no host name", "Write the name of this machine, like `postern.example.com`"))
}

/// A template such as `incoming+%{key}@example.com`: the placeholder exactly once, in the local
/// part.
fn template(text: &str) -> Result<String, Fault> {
    let remedy = "Write an address with %{key} before the @ once, like `incoming+%{key}@example.com`";
    let (local, domain) = text.rsplit_once('@').ok_or_else(|| Fault::new("is no address", remedy))?;
    if local.matches("%{key}").count() != 1 || domain.contains("%{key}") {
        return Err(Fault::new("does not hold %{key} exactly once before the @", remedy));
    }
    let example = text.replace("%{key}", "key");
    Address::parse(&example).map_err(|error| Fault::new(format!("is no address: {error}"), remedy))?;
    Ok(text.to_owned())
}
