//! The secrets in files, read at the start and again at every SIGHUP. The parts that use a secret
//! share it and pick up a new one at their next use: the next request to the application, the next
//! connection to the relay.

use super::config::Config;
use super::config::secret::{self, read_secret};
use super::wiring::WiringError;
use crate::domain::renewable::Renewable;
use crate::edge::app::webhook::{Secret, parse_secret};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;

/// The key of the secret that signs what the application is sent.
const SIGNING: &str = "app.secret_file";
/// The key of the relay's password.
const PASSWORD: &str = "relay.password_file";

/// The secrets of one configuration; `None` where it names no file or the part does not run.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Signs requests to the application: mail and changes of the mode.
    pub signing: Option<Secret>,
    /// The relay's password.
    pub password: Option<Renewable<SecretString>>,
}

impl Secrets {
    /// Reads them all.
    ///
    /// # Errors
    /// When a file cannot be read or holds no such secret.
    pub fn read(config: &Config) -> Result<Self, WiringError> {
        Ok(Self { signing: signing(config)?, password: password(config)? })
    }

    /// Reads them again; returns whether all could be used. A secret that cannot be used stays as
    /// it was, and the log says why.
    #[must_use]
    pub fn renew(&self, config: &Config) -> bool {
        let signing = renewed(SIGNING, self.signing.as_ref(), signing(config), |kept, new| kept.replace(&new));
        let password = renewed(PASSWORD, self.password.as_ref(), password(config), |kept, new| kept.replace(new.get()));
        signing && password
    }
}

fn renewed<T>(key: &str, kept: Option<&T>, read: Result<Option<T>, WiringError>, replace: impl FnOnce(&T, T)) -> bool {
    match (kept, read) {
        (Some(kept), Ok(Some(new))) => replace(kept, new),
        // A part that does not run in this process has no secret to renew.
        (None, _) | (Some(_), Ok(None)) => {}
        (Some(_), Err(error)) => {
            tracing::error!(key, %error, "The secret in `{key}` stays as it was: {error}");
            return false;
        }
    }
    true
}

/// The secret that signs requests to the application.
///
/// # Errors
/// When its file cannot be read or holds no such secret.
pub fn signing(config: &Config) -> Result<Option<Secret>, WiringError> {
    let Some(file) = file(config, SIGNING) else { return Ok(None) };
    parse_secret(read_secret(file)?.expose_secret()).map(Some).map_err(WiringError::Part)
}

/// The relay's password.
///
/// # Errors
/// When its file cannot be read or holds no password.
pub fn password(config: &Config) -> Result<Option<Renewable<SecretString>>, WiringError> {
    let Some(file) = file(config, PASSWORD) else { return Ok(None) };
    Ok(Some(Renewable::new(read_secret(file)?)))
}

fn file<'a>(config: &'a Config, key: &str) -> Option<&'a Path> {
    secret::files(config).into_iter().find_map(|(name, file)| (name == key).then_some(file))
}
