//! SIGHUP: the configuration is read again, and what can be changed in a running gateway is.
//!
//! That is the level of the log and the table of kinds. Whatever else has changed is named in the log: it needs a restart.
//! A file with an error changes nothing, and the log says the error.

use super::config::kinds::load_kinds;
use super::config::{self, Config};
use super::telemetry::LogLevel;
use crate::domain::notification::KindTable;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What a running gateway can read again.
pub struct Reload {
    /// SIGHUP, heard from before the first part runs on: until then it kills.
    hangups: Option<Signal>,
    config: Config,
    level: LogLevel,
    kinds: KindTable,
    /// Told when the whole configuration, as it was read again, is in force.
    renewed: watch::Sender<()>,
}

impl Reload {
    /// Listens from here on; `config` and `kinds` are what the gateway was started with.
    pub fn new(config: Config, level: LogLevel, kinds: KindTable) -> Self {
        let hangups = signal(SignalKind::hangup())
            .inspect_err(|error| tracing::error!(%error, "SIGHUP cannot be heard: {error}. Restart to reload."))
            .ok();
        Self { hangups, config, level, kinds, renewed: watch::Sender::new(()) }
    }

    /// Changes whenever the whole configuration, as it was read again, is in force.
    pub fn renewals(&self) -> watch::Receiver<()> {
        self.renewed.subscribe()
    }

    /// Reads the configuration again at every SIGHUP, until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let Some(mut hangups) = self.hangups.take() else { return stop.cancelled().await };
        while stop.run_until_cancelled(hangups.recv()).await.flatten().is_some() {
            self.reload();
        }
        stop.cancelled().await;
    }

    fn reload(&mut self) {
        // `None` looks for the file anew; what was named at the start is named again.
        let loaded = config::load(self.config.place.file.as_deref(), super::environment())
            .and_then(|config| Ok((load_kinds(&config)?, config)));
        let (kinds, config) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => return tracing::error!(%error, "The configuration stays as it was: {error}"),
        };
        if let Err(error) = self.level.set(&config.log.level) {
            return tracing::error!(%error, "The configuration stays as it was: {error}");
        }
        self.kinds.replace(&kinds);
        self.config.log.level.clone_from(&config.log.level);
        match needs_restart(&self.config, &config).as_slice() {
            [] => {
                self.renewed.send_replace(());
                tracing::info!(
                    "The configuration was read again: log level and kinds are in force, nothing else changed"
                );
            }
            sections => {
                let sections = sections.join(", ");
                tracing::warn!(
                    sections,
                    "The configuration was read again: log level and kinds are in force; {sections} changed too and need a restart"
                );
            }
        }
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
