//! What every console command needs: the configuration, an existing store, the clock.

use super::ending::{Ending, Result};
use crate::clock::{Clock, SystemClock};
use crate::domain::id::AnyId;
use crate::domain::mode::How;
use crate::flag::switch::Switch;
use crate::flag::watch::Watch;
use crate::run::config::Config;
use crate::run::hint::say;
use crate::run::wiring::store::{self, OpenStore};
use crate::store::Store;
use crate::store::mode::Author;
use std::sync::Arc;

/// A console on an existing store.
pub struct Console {
    /// The configuration.
    pub config: Config,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The store's name, for people.
    pub store_name: String,
    opened: OpenStore,
}

impl Console {
    /// Opens the store, which must exist.
    pub async fn open(config: Config) -> Result<Self> {
        let opened = OpenStore::open(&config).await?;
        let (store, store_name) = (Arc::clone(&opened.store), opened.name.clone());
        // A console has seen nothing itself; the history and other processes tell it whether the
        // store went back.
        store.recall().await?;
        Ok(Self { config, store, clock: Arc::new(SystemClock), store_name, opened })
    }

    /// The switch, for changes by this console.
    pub fn switch(&self) -> Switch {
        let watch = Arc::new(Watch::new(Arc::clone(&self.store), Arc::clone(&self.clock)));
        Switch::new(Arc::clone(&self.store), watch, Arc::clone(&self.clock))
    }

    /// The author of this console's changes: the account that runs the command.
    pub fn author(&self) -> Author {
        let name = ["SUDO_USER", "USER", "LOGNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
        let plain = |name: String| name.chars().filter(|c| !c.is_control()).take(64).collect();
        Author { name: name.map_or_else(|| "console".to_owned(), plain), how: How::Console }
    }

    /// Commits and closes the store.
    pub async fn close(&self) {
        self.opened.close().await;
    }
}

/// `postern migrate`.
pub async fn migrate(config: &Config) -> Result<()> {
    store::migrate(&config.store.url).await?;
    say!("The store {} has the schema of this version.", config.store.url);
    Ok(())
}

/// Parses an id as a person types it.
pub fn id(text: &str) -> Result<AnyId> {
    AnyId::parse(text)
        .ok_or_else(|| Ending::misused(format!("`{text}` is no id: copy one from `postern queue list` or a report")))
}
