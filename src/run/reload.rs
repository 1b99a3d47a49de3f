//! SIGHUP: reads the configuration again and applies what a running gateway can change.
//!
//! That is the level of the log, the table of kinds, the secrets in files, and the database's
//! password. Whatever else has changed is named in the log: it needs a restart. A file with an
//! error changes nothing, and a secret that cannot be used stays as it was; the log says why.

use super::config::kinds::read_kinds;
use super::config::{self, Config};
use super::doors::Doors;
use super::loaded::loaded;
use super::secrets::Secrets;
use super::telemetry::LogLevel;
use super::wiring::WiringError;
use super::wiring::store::OpenStore;
use crate::domain::notification::KindTable;
use crate::domain::report::Loaded;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// What a running gateway can read again.
pub struct Reload {
    /// SIGHUP, heard from before the first part runs on: until then it kills.
    hangups: Option<Signal>,
    running: Running,
    /// The files that are in force; nothing until they were digested.
    loaded: watch::Sender<Option<Loaded>>,
}

/// What a gateway runs by, and what of it can be renewed.
pub struct Running {
    /// The configuration it was started with, as far as nothing was renewed.
    pub config: Config,
    /// SHA-256 of the operator's table of kinds.
    pub kinds_sha: Option<[u8; 32]>,
    /// The level of its log.
    pub level: LogLevel,
    /// Its table of kinds.
    pub kinds: KindTable,
    /// The secrets of the parts that run here.
    pub secrets: Secrets,
    /// Its store.
    pub store: Arc<OpenStore>,
}

impl Running {
    /// Reads what `config` names; secrets only for the parts that use them.
    ///
    /// # Errors
    /// When the table of kinds or a secret cannot be used.
    pub fn read(config: &Config, doors: Doors, level: LogLevel, store: &Arc<OpenStore>) -> Result<Self, WiringError> {
        let (kinds, kinds_sha) = read_kinds(config)?;
        let secrets = if doors.deliver { Secrets::read(config)? } else { Secrets::default() };
        Ok(Self { config: config.clone(), kinds_sha, level, kinds, secrets, store: Arc::clone(store) })
    }
}

/// What was read.
struct Read {
    config: Config,
    kinds: KindTable,
    loaded: Option<Loaded>,
}

impl Reload {
    /// Listens from here on.
    pub fn new(running: Running) -> Self {
        let hangups = signal(SignalKind::hangup())
            .inspect_err(|error| tracing::error!(%error, "SIGHUP cannot be heard: {error}. Restart to reload."))
            .ok();
        Self { hangups, running, loaded: watch::Sender::default() }
    }

    /// The files that are in force.
    pub fn loaded(&self) -> watch::Receiver<Option<Loaded>> {
        self.loaded.subscribe()
    }

    /// Reads the configuration again at every SIGHUP, until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let (config, kinds) = (self.running.config.clone(), self.running.kinds_sha);
        let loaded = spawn_blocking(move || loaded(&config, kinds)).await.unwrap_or_default();
        self.loaded.send_replace(loaded);
        let Some(mut hangups) = self.hangups.take() else { return stop.cancelled().await };
        while stop.run_until_cancelled(hangups.recv()).await.flatten().is_some() {
            stop.run_until_cancelled(self.reload()).await;
        }
        stop.cancelled().await;
    }

    async fn reload(&mut self) {
        // `None` looks for the file anew; what was named at the start is named again.
        let named = self.running.config.place.file.clone();
        let read = match spawn_blocking(move || read(named)).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return tracing::error!(%error, "The configuration stays as it was: {error}"),
            Err(error) => return tracing::error!(%error, "The configuration stays as it was: {error}"),
        };
        if let Err(error) = self.running.level.set(&read.config.log.level) {
            return tracing::error!(%error, "The configuration stays as it was: {error}");
        }
        self.running.kinds.replace(&read.kinds);
        self.running.config.log.level.clone_from(&read.config.log.level);
        let (secrets, config) = (self.running.secrets.clone(), self.running.config.clone());
        let are_renewed = spawn_blocking(move || secrets.renew(&config)).await.unwrap_or_default();
        self.renew_store_password(&read.config).await;
        let sections = needs_restart(&self.running.config, &read.config);
        self.tell(read.loaded, sections.is_empty());
        say(are_renewed, &sections);
    }

    /// The password is tried first: what works is not replaced by what does not. It may also have
    /// changed in `~/.pgpass`.
    async fn renew_store_password(&mut self, read: &Config) {
        if !self.running.config.store.url.is_same_database(&read.store.url) {
            return;
        }
        match self.running.store.use_password_of(&read.store.url).await {
            Ok(()) => self.running.config.store = read.store.clone(),
            Err(error) => tracing::error!(%error, "The database's password stays as it was: {error}"),
        }
    }

    /// The table of kinds is in force whenever it was read; the configuration is when nothing of it
    /// needs a restart.
    fn tell(&self, read: Option<Loaded>, is_whole: bool) {
        let Some(read) = read else { return };
        self.loaded.send_modify(|loaded| match loaded {
            Some(loaded) if !is_whole => loaded.kinds = read.kinds,
            Some(_) | None => *loaded = Some(read),
        });
    }
}

fn read(named: Option<PathBuf>) -> Result<Read, config::error::ConfigError> {
    let config = config::load(named.as_deref(), super::environment())?;
    let (kinds, sha) = read_kinds(&config)?;
    Ok(Read { loaded: loaded(&config, sha), config, kinds })
}

/// Says what is in force now, and which sections need a restart.
fn say(are_secrets_renewed: bool, sections: &[&str]) {
    let in_force = if are_secrets_renewed {
        "log level, kinds and secrets are in force"
    } else {
        "log level and kinds are in force"
    };
    if sections.is_empty() {
        tracing::info!("The configuration was read again: {in_force}, nothing else changed");
    } else {
        let sections = sections.join(", ");
        tracing::warn!(
            sections,
            "The configuration was read again: {in_force}; {sections} changed too and need a restart"
        );
    }
}

/// The sections that differ and cannot be changed in a running gateway.
fn needs_restart(running: &Config, read: &Config) -> Vec<&'static str> {
    let sections = [
        ("[store]", running.store != read.store),
        ("[smtp]", running.smtp != read.smtp),
        ("[http]", running.http != read.http),
        ("[app]", running.app != read.app),
        ("[relay]", running.relay != read.relay),
        ("[maintenance]", running.maintenance != read.maintenance),
        ("[notifications]", running.notifications != read.notifications),
        ("[paging]", running.paging != read.paging),
        ("[retention]", running.retention != read.retention),
        ("[log]", running.log != read.log),
    ];
    sections.into_iter().filter(|(_, differs)| *differs).map(|(section, _)| section).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Config {
        let variables = variables.iter().map(|(name, value)| (format!("POSTERN_{name}"), (*value).to_owned()));
        config::load(Some(std::path::Path::new("config/postern.toml")), variables).unwrap()
    }

    #[test]
    fn every_section_that_changed_is_named() {
        let before = config(&[]);
        assert_eq!(needs_restart(&before, &config(&[])), Vec::<&str>::new());
        for (name, value, section) in [
            ("STORE__URL", "sqlite:other/postern.db", "[store]"),
            ("SMTP__MAX_RECIPIENTS", "7", "[smtp]"),
            ("HTTP__LISTEN", "127.0.0.1:9999", "[http]"),
            ("APP__TIMEOUT", "9s", "[app]"),
            ("RELAY__CONNECTIONS", "3", "[relay]"),
            ("MAINTENANCE__INCOMING", "hold", "[maintenance]"),
            ("NOTIFICATIONS__UNKNOWN_KIND", "reject", "[notifications]"),
            ("PAGING__RECIPIENTS", "ann@example.com", "[paging]"),
            ("RETENTION__BODIES", "3d", "[retention]"),
            ("LOG__FORMAT", "text", "[log]"),
        ] {
            assert_eq!(needs_restart(&before, &config(&[(name, value)])), [section]);
        }
    }
}
