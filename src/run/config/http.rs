//! `[http]`: the API and the pages.

use super::error::{ConfigError, Fault};
use super::place;
use super::section::Section;
use ipnet::IpNet;
use std::net::SocketAddr;
use url::Url;

/// `[http]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What people and applications type: scheme, host and port; its path is `/`.
    pub external_url: Url,
    /// Reverse proxies whose word on the client's address, and on TLS, is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may ask for liveness, readiness and metrics.
    pub monitoring_clients: Vec<IpNet>,
}

impl Http {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let listen = section.parsed("listen", place::listen)?;
        let external_url = section.parsed_unseen("external_url", |text| external_url(text, listen))?;
        Ok(Self {
            listen,
            external_url,
            trusted_proxies: section.list("trusted_proxies", place::network)?,
            monitoring_clients: section.list("monitoring_clients", place::network)?,
        })
    }
}

/// The url as written; empty, that of the door itself.
fn external_url(text: &str, listen: SocketAddr) -> Result<Url, Fault> {
    let remedy = "Write scheme, host and port only, like `https://postern.example.com`";
    let own = format!("http://{listen}");
    let url = Url::parse(if text.is_empty() { &own } else { text })
        .map_err(|error| Fault::new(format!("is not a url ({error})"), remedy))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(Fault::new("is not an http or https url", remedy));
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::new("holds more than a scheme, a host and a port", remedy));
    }
    Ok(url)
}
