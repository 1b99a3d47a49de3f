//! `[app]`: the target of the hand-over.

use super::error::{ConfigError, Fault};
use super::place;
use super::section::Section;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// `[app]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The inbox that accepted mail is handed over to.
    pub url: AppUrl,
    /// How long a webhook may take to answer.
    pub timeout: Duration,
    /// The webhook that is notified of a mode change; `None` when none is configured.
    pub mode_webhook: Option<ModeWebhook>,
}

/// The webhook that is notified of a mode change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeWebhook {
    /// `https`, or `http` to this machine only.
    pub url: Url,
    /// The file with the signing secret (`whsec_…`).
    pub secret_file: PathBuf,
}

/// The ways to hand mail over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppUrl {
    /// Into a Maildir.
    Maildir(PathBuf),
    /// Through a signed POST.
    Webhook {
        /// `https`, or `http` to this machine only.
        url: Url,
        /// The file with the signing secret (`whsec_…`).
        secret_file: PathBuf,
    },
}

/// In the notation of the configuration, for people; the URL's query, which may hold secrets, is
/// left out.
impl std::fmt::Display for AppUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Maildir(path) => write!(f, "maildir:{}", path.display()),
            Self::Webhook { url, .. } => {
                write!(f, "{}://{}{}", url.scheme(), url.authority().rsplit('@').next().unwrap_or_default(), url.path())
            }
        }
    }
}

/// The content of `url`, before it is known whether there is a secret.
enum Target {
    Maildir(PathBuf),
    Webhook(Url),
}

impl App {
    pub(super) fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let secret_file = section.path_if_set("secret_file")?;
        let mode_webhook = match (section.parsed_unseen("mode_webhook", webhook_if_set)?, &secret_file) {
            (None, _) => None,
            (Some(url), Some(secret_file)) => Some(ModeWebhook { url, secret_file: secret_file.clone() }),
            (Some(_), None) => return Err(unsigned(&section, "mode_webhook")),
        };
        let url = match (section.parsed_unseen("url", target)?, secret_file) {
            (Target::Maildir(path), _) => AppUrl::Maildir(section.rooted(path)),
            (Target::Webhook(url), Some(secret_file)) => AppUrl::Webhook { url, secret_file },
            (Target::Webhook(_), None) => return Err(unsigned(&section, "url")),
        };
        let timeout = section.duration("timeout", Duration::from_secs(1)..=Duration::from_secs(600))?;
        Ok(Self { url, timeout, mode_webhook })
    }
}

fn unsigned(section: &Section<'_>, key: &str) -> ConfigError {
    let remedy = "Set `app.secret_file` to a file that holds the secret (`whsec_…`)";
    section.wrong_unseen(key, Fault::new("is a webhook and has no signing secret", remedy))
}

fn webhook_if_set(text: &str) -> Result<Option<Url>, Fault> {
    if text.is_empty() { Ok(None) } else { webhook(text).map(Some) }
}

fn target(text: &str) -> Result<Target, Fault> {
    let remedy = "Write `maildir:PATH` or `https://host/path`";
    match text.split_once(':') {
        Some(("maildir", rest)) => place::path_of_url(rest).map(Target::Maildir),
        Some(("http" | "https", _)) => webhook(text).map(Target::Webhook),
        Some(("gitlab+https", _)) => Err(Fault::new("is of a kind that is not available in this version", remedy)),
        _ => Err(Fault::new("names no way to hand mail over that Postern knows", remedy)),
    }
}

fn webhook(text: &str) -> Result<Url, Fault> {
    let remedy = "Write `https://host/path`; the signing secret stands in `app.secret_file`";
    let url = Url::parse(text).map_err(|error| Fault::new(format!("is not a url ({error})"), remedy))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Fault::new("holds a user, a password or a fragment, which are not sent", remedy));
    }
    if url.scheme() == "http" && !url.host_str().is_some_and(place::is_loopback) {
        return Err(Fault::new(
            "would send mail in clear over the network",
            "Write `https://…`; `http://` only to this machine",
        ));
    }
    Ok(url)
}
