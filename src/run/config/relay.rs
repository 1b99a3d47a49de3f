//! `[relay]`: the target of outgoing notifications.

use super::error::{ConfigError, Fault};
use super::section::Section;
use super::smarthost::{SignIn, Smarthost, Target, target};
use crate::domain::address::{Address, Mailbox};
use std::path::PathBuf;
use std::time::Duration;

/// The `[relay]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// The smarthost or folder that notifications go to.
    pub url: RelayUrl,
    /// The sender of notifications that name none.
    pub from: Mailbox,
    /// Most simultaneous connections.
    pub connections: usize,
    /// How long a delivery is retried before it expires.
    pub retry_for: Duration,
    /// The wait after the first failure.
    pub first_retry: Duration,
}

/// The targets of notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayUrl {
    /// A folder, with one file per delivery.
    File(PathBuf),
    /// A smarthost.
    Smarthost(Smarthost),
}

/// In the notation of the configuration.
impl std::fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Smarthost(smarthost) => smarthost.fmt(f),
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

impl Relay {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let password_file = section.path_if_set("password_file")?;
        let url = match section.parsed_unseen("url", target)? {
            Target::File(path) => RelayUrl::File(section.rooted(path)),
            Target::Smarthost { host, port, security, user } => {
                let sign_in = sign_in(section, user, password_file)?;
                let smarthost = Smarthost { host, port, security, sign_in };
                if smarthost.shows_its_password() {
                    let remedy = "Write `smtps://user@host:port`; `smtp://` with a user only to this machine";
                    let fault = Fault::new("would send the password in clear over the network", remedy);
                    return Err(section.wrong_unseen("url", fault));
                }
                RelayUrl::Smarthost(smarthost)
            }
        };
        let retry_for = section.duration("retry_for", SECOND..=60 * DAY)?;
        let first_retry = section.duration("first_retry", Duration::from_millis(10)..=DAY)?;
        if first_retry > retry_for {
            let remedy = "Choose `relay.first_retry` shorter than `relay.retry_for`";
            let key = if section.is_default("first_retry") { "retry_for" } else { "first_retry" };
            return Err(section.wrong(key, Fault::new("leaves no time for a second try", remedy)));
        }
        let from = section.parsed("from", mailbox)?;
        Ok(Self { url, from, connections: section.number("connections", 1..=100)?, retry_for, first_retry })
    }
}

/// A user with a password, or neither.
fn sign_in(
    section: Section<'_>,
    user: Option<String>,
    password_file: Option<PathBuf>,
) -> Result<Option<SignIn>, ConfigError> {
    match (user, password_file) {
        (None, None) => Ok(None),
        (Some(user), Some(password_file)) => Ok(Some(SignIn { user, password_file })),
        (Some(_), None) => {
            let remedy = "Set `relay.password_file` to a file that holds the password";
            Err(section.wrong_unseen("url", Fault::new("names a user and there is no password", remedy)))
        }
        (None, Some(_)) => {
            let remedy = "Name the user in `relay.url` (`smtps://user@host:port`), or take the password away";
            Err(section.wrong("password_file", Fault::new("is a password without a user", remedy)))
        }
    }
}

/// Parses `ann@example.com` or `Ann <ann@example.com>`.
fn mailbox(text: &str) -> Result<Mailbox, Fault> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
        None => ("", text.trim()),
    };
    let address = Address::parse(address).map_err(|error| {
        Fault::new("is no sender", format!("Write `forge@example.com` or `Forge <forge@example.com>`: {error}"))
    })?;
    Ok(Mailbox { name: (!name.is_empty()).then(|| name.to_owned()), address })
}
