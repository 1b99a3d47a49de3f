//! Wiring: builds the parts from the configuration. The only place that names the concrete stores,
//! relays and inboxes.

pub mod store;

use crate::clock::Clock;
use crate::domain::address::Mailbox;
use crate::domain::notification::KindTable;
use crate::domain::renewable::Renewable;
use crate::edge::app::maildir::MaildirInbox;
use crate::edge::app::mode_webhook::ModeWebhook;
use crate::edge::app::webhook::{Secret, WebhookInbox};
use crate::edge::relay::Timeouts;
use crate::edge::relay::file::FileRelay;
use crate::edge::relay::smtp::SmtpRelay;
use crate::edge::smtp;
use crate::flag::tell::Herald;
use crate::inbound::port::AppInbox;
use crate::message::key::{AddressRules, CustomAddress, Grammar};
use crate::outbound::port::Relay;
use crate::outbound::prepare::Outgoing;
use crate::run::config::Config;
use crate::run::config::app::AppUrl;
use crate::run::config::error::ConfigError;
use crate::run::config::relay::RelayUrl;
use crate::tls;
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;

/// Why the parts cannot be built from a valid configuration.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A file that the configuration names is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Two settings contradict each other.
    #[error("{0}")]
    Part(String),
}

fn part(error: impl std::fmt::Display) -> WiringError {
    WiringError::Part(error.to_string())
}

fn custom(custom: &crate::run::config::custom_address::CustomAddress) -> CustomAddress {
    CustomAddress { address: custom.address.to_string(), project: custom.project.clone() }
}

/// The address grammar.
///
/// # Errors
/// When two addresses in `[smtp]` cannot be distinguished.
pub fn grammar(config: &Config) -> Result<Grammar, WiringError> {
    let smtp = &config.smtp;
    Grammar::new(&AddressRules {
        incoming_address: smtp.incoming_address.clone(),
        service_desk_address: smtp.service_desk_address.clone(),
        custom_addresses: smtp.custom_addresses.iter().map(custom).collect(),
    })
    .map_err(part)
}

/// The settings of the SMTP edge.
#[must_use]
pub fn smtp_settings(config: &Config) -> smtp::Settings {
    let smtp = &config.smtp;
    smtp::Settings {
        hostname: smtp.hostname.clone(),
        max_message_bytes: smtp.max_message_bytes,
        max_recipients: smtp.max_recipients,
        max_connections: smtp.max_connections,
        max_connections_per_client: smtp.max_connections_per_client,
        buffer_bytes: smtp.buffer_bytes,
        idle_timeout: smtp.idle_timeout,
        pace_window: smtp::PACE_WINDOW,
        session_timeout: smtp.session_timeout,
        trusted_clients: smtp.trusted_clients.clone(),
        soft_bounce: smtp.soft_bounce,
    }
}

/// The settings of notifications, with the table of kinds in use.
#[must_use]
pub fn outgoing(config: &Config, kinds: KindTable) -> Outgoing {
    let page = |address: &crate::domain::address::Address| Mailbox { name: None, address: address.clone() };
    Outgoing {
        kinds,
        unknown_kind: config.notifications.unknown_kind,
        from: config.relay.from.clone(),
        hostname: config.smtp.hostname.clone(),
        retry_for: config.relay.retry_for,
        paging: config.paging.recipients.iter().map(page).collect(),
    }
}

/// The relay.
///
/// # Errors
/// When its URL or password is not usable.
pub fn relay(config: &Config, password: Option<Renewable<SecretString>>) -> Result<Arc<dyn Relay>, WiringError> {
    match &config.relay.url {
        RelayUrl::File(folder) => Ok(Arc::new(FileRelay::new(folder.clone()))),
        RelayUrl::Smarthost(smarthost) => {
            let url = url::Url::parse(&smarthost.to_string()).map_err(part)?;
            check_roots(&url)?;
            let relay =
                SmtpRelay::new(&url, password, config.smtp.hostname.clone(), Timeouts::default()).map_err(part)?;
            Ok(Arc::new(relay))
        }
    }
}

/// The application's inbox.
///
/// # Errors
/// When its URL or secret is not usable.
pub fn inbox(
    config: &Config,
    signing: Option<Secret>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn AppInbox>, WiringError> {
    match &config.app.url {
        AppUrl::Maildir(folder) => Ok(Arc::new(MaildirInbox::new(folder.clone(), config.smtp.hostname.clone()))),
        AppUrl::Webhook { url, .. } => {
            check_roots(url)?;
            let secret = signing.ok_or_else(unsigned)?;
            let hostname = config.smtp.hostname.clone();
            Ok(Arc::new(WebhookInbox::new(url.clone(), secret, config.app.timeout, hostname, clock).map_err(part)?))
        }
    }
}

/// The webhook that notifies the application of the mode; `None` when none is configured.
///
/// # Errors
/// When its URL or secret is not usable.
pub fn herald(
    config: &Config,
    signing: Option<Secret>,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Herald>>, WiringError> {
    let Some(hook) = &config.app.mode_webhook else { return Ok(None) };
    check_roots(&hook.url)?;
    let secret = signing.ok_or_else(unsigned)?;
    let herald = ModeWebhook::new(hook.url.clone(), secret, config.app.timeout, clock).map_err(part)?;
    Ok(Some(Arc::new(herald)))
}

/// Checks the operator's own root certificates when `url` uses TLS.
fn check_roots(url: &url::Url) -> Result<(), WiringError> {
    match std::env::var_os("SSL_CERT_FILE") {
        Some(file) if matches!(url.scheme(), "smtps" | "https") => tls::check_roots(Path::new(&file)).map_err(part),
        Some(_) | None => Ok(()),
    }
}

fn unsigned() -> WiringError {
    part("[app] names a webhook and there is no secret to sign with: set `app.secret_file`")
}
