//! The configuration: three layers → one [`Config`] of typed values, or one sentence that says what to mend.
//!
//! The layers are the built-in defaults (the text of `config/postern.toml`, so that file and program cannot differ),
//! the operator's file, and variables `POSTERN_SECTION__KEY`. Each section has a file here with its struct, its
//! ranges and its impossible pairs. Nothing is opened, listened on or created; secrets stay in their files until
//! [`secret::read_secret`] is called. An unknown key is an error: what is ignored silently misleads.

pub mod app;
pub mod custom_address;
pub mod duration;
mod environment;
pub mod error;
mod file;
pub mod http;
pub mod kinds;
mod layers;
mod list;
pub mod log;
pub mod maintenance;
pub mod notifications;
pub mod paging;
mod place;
pub mod postgres;
pub mod relay;
pub mod retention;
pub mod secret;
mod section;
pub mod smarthost;
pub mod smtp;
pub mod store;

use crate::policy::rules::Rules;
use error::{ConfigError, Fault};
use layers::Layers;
use section::Section;
use std::path::{Path, PathBuf};

/// The file that is used when none is named, if it is there.
pub const DEFAULT_FILE: &str = "config/postern.toml";

/// Everything an operator can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file in use, if any.
    pub file: Option<PathBuf>,
    /// `[store]`.
    pub store: store::Store,
    /// `[smtp]`.
    pub smtp: smtp::Smtp,
    /// `[http]`.
    pub http: http::Http,
    /// `[app]`.
    pub app: app::App,
    /// `[relay]`.
    pub relay: relay::Relay,
    /// `[maintenance]`.
    pub maintenance: maintenance::Maintenance,
    /// `[notifications]`.
    pub notifications: notifications::Notifications,
    /// `[paging]`.
    pub paging: paging::Paging,
    /// `[retention]`.
    pub retention: retention::Retention,
    /// `[log]`.
    pub log: log::Log,
}

impl Config {
    /// What policy has to know of all this.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            soft_bounce: self.smtp.soft_bounce,
            unknown_kind: self.notifications.unknown_kind,
            ..self.maintenance.rules()
        }
    }
}

/// Loads the configuration: `file` must be there when it is named, [`DEFAULT_FILE`] need not.
///
/// # Errors
/// For an unreadable file, an unknown key, a value out of range or an impossible pair.
pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let file = match file {
        Some(named) => Some(named.to_owned()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|default| default.exists()),
    };
    let mut layers = Layers::built_in()?;
    if let Some(path) = &file {
        layers.lay(file::read(path)?)?;
    }
    layers.lay(environment::read(environment))?;
    read(&layers, file)
}

fn read(layers: &Layers, file: Option<PathBuf>) -> Result<Config, ConfigError> {
    let section = |name| Section::new(layers, name);
    let config = Config {
        file,
        store: store::Store::read(section("store"))?,
        smtp: smtp::Smtp::read(section("smtp"))?,
        http: http::Http::read(section("http"))?,
        app: app::App::read(section("app"))?,
        relay: relay::Relay::read(section("relay"))?,
        maintenance: maintenance::Maintenance::read(section("maintenance"), section("maintenance.intents"))?,
        notifications: notifications::Notifications::read(section("notifications"))?,
        paging: paging::Paging::read(section("paging"))?,
        retention: retention::Retention::read(section("retention"))?,
        log: log::Log::read(section("log"))?,
    };
    if place::collide(config.smtp.listen, config.http.listen) {
        let fault =
            Fault::new("is the same place as the other door's", "Give `smtp.listen` and `http.listen` different ports");
        let smtp = section("smtp");
        let blamed = if smtp.is_default("listen") { section("http") } else { smtp };
        return Err(blamed.wrong("listen", fault));
    }
    Ok(config)
}

#[cfg(test)]
mod tests;
