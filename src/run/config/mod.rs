//! The configuration: merges three layers into one [`Config`] of typed values, or returns one
//! sentence that says what to fix.
//!
//! The layers are the built-in defaults (the text of `config/postern.toml`, so that file and
//! program cannot differ), the operator's file, and variables `POSTERN_SECTION__KEY`. Each section
//! has a file here with its struct, its ranges and its invalid combinations. Loading opens no
//! store, binds no port and creates no file; secrets stay in their files until
//! [`secret::read_secret`] is called. An unknown key is an error, because a silently ignored one
//! misleads.

pub mod app;
pub mod custom_address;
pub mod duration;
mod environment;
pub mod error;
mod file;
mod found;
pub mod http;
pub mod kinds;
mod layers;
mod list;
pub mod locate;
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
use locate::Place;
use section::Section;
use std::path::Path;

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file in use, and the folder its relative paths start at.
    pub place: Place,
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
    /// The settings that policy needs.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            soft_bounce: self.smtp.soft_bounce,
            unknown_kind: self.notifications.unknown_kind,
            ..self.maintenance.rules()
        }
    }
}

/// Loads the configuration. A file named by the command line or by the variable must exist; the
/// others need not.
///
/// # Errors
/// For an unreadable file, an unknown key, a value out of range or an invalid combination.
pub fn load(named: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let environment: Vec<_> = environment.collect();
    let variable = environment.iter().find(|(name, _)| name == locate::VARIABLE).map(|(_, value)| value.as_str());
    let folder = std::env::current_dir().unwrap_or_default();
    // A file whose existence cannot be checked counts as existing, and reading it reports why;
    // falling back to the defaults would be wrong.
    let mut place = locate::locate(named, variable, &folder, |path| path.try_exists().unwrap_or(true));
    let mut layers = Layers::built_in()?;
    if let Some(path) = &place.file {
        let (settings, sha) = file::read(path)?;
        layers.lay(settings)?;
        place.sha = Some(sha);
    }
    layers.lay(environment::read(environment.into_iter()))?;
    read(&layers, place)
}

fn read(layers: &Layers, place: Place) -> Result<Config, ConfigError> {
    let section = |name| Section::new(layers, name, &place.base);
    let config = Config {
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
        place: place.clone(),
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
