//! `[http]`: the API and the pages.

use super::error::{ConfigError, Fault};
use super::place;
use super::section::Section;
use ipnet::IpNet;
use std::net::SocketAddr;
use url::Url;

/// The `[http]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The listening address.
    pub listen: SocketAddr,
    /// The URL that people and applications use: scheme, host and port; its path is `/`.
    pub external_url: Url,
    /// Reverse proxies that are trusted for the client's address and for TLS.
    pub trusted_proxies: Vec<IpNet>,
    /// The networks whose clients may request liveness, readiness and metrics.
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

/// The configured URL; when empty, the URL of the listening address.
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
