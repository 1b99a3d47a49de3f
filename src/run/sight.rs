//! What this process observes locally: the disks it writes to, the credentials that the first start
//! left, lost log lines, and undeclared kinds of notifications.

use super::config::Config;
use super::config::app::AppUrl;
use super::config::relay::RelayUrl;
use super::telemetry::lost_lines;
use super::wiring::store::folder_of;
use crate::domain::notification::KindTable;
use crate::domain::report::{Credentials, Disk, Seen};
use crate::outbound::classify::SeenNames;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The places that this process looks at.
#[derive(Debug, Clone)]
pub struct Sight {
    node: String,
    folders: Vec<PathBuf>,
    credentials: PathBuf,
    names: Arc<SeenNames>,
    kinds: KindTable,
}

impl Sight {
    /// Looks on behalf of the node `node`. Its enqueuers note undeclared names in `names`; a reload
    /// of `kinds` may declare them.
    #[must_use]
    pub fn new(config: &Config, node: String, names: Arc<SeenNames>, kinds: KindTable) -> Self {
        Self { node, folders: folders(config), credentials: config.store.credentials.clone(), names, kinds }
    }

    /// Looks on behalf of a command, which is not a node and accepts no notification.
    #[must_use]
    pub fn of_command(config: &Config) -> Self {
        Self::new(config, hostname(), Arc::default(), KindTable::default())
    }

    /// Collects the observations. A place that cannot be read is left out: the part that uses it
    /// reports the problem.
    #[must_use]
    pub fn look(&self) -> Seen {
        Seen {
            node: self.node.clone(),
            disks: self.disks(),
            credentials: credentials(&self.credentials),
            log_lines_dropped: lost_lines(),
            unknown_kinds: self.unknown_kinds(),
        }
    }

    /// The undeclared names, without those that a reload has declared since.
    fn unknown_kinds(&self) -> Vec<String> {
        let names = self.names.list().into_iter().map(|(name, _)| name);
        names.filter(|name| self.kinds.find(name).is_none()).collect()
    }

    /// Each disk once, named by its first folder.
    fn disks(&self) -> Vec<Disk> {
        let mut disks: Vec<(u64, Disk)> = Vec::new();
        for folder in &self.folders {
            let Ok(space) = rustix::fs::statvfs(folder) else { continue };
            if disks.iter().any(|(id, _)| *id == space.f_fsid) {
                continue;
            }
            let disk = Disk {
                folder: folder.display().to_string(),
                free_bytes: space.f_bavail.saturating_mul(space.f_frsize),
                total_bytes: space.f_blocks.saturating_mul(space.f_frsize),
            };
            disks.push((space.f_fsid, disk));
        }
        disks.into_iter().map(|(_, disk)| disk).collect()
    }
}

/// This machine's name, for the list of nodes. Read by a system call, because the systemd unit
/// hides all of /proc except processes.
#[must_use]
pub fn hostname() -> String {
    let machine = rustix::system::uname();
    let name = machine.nodename().to_string_lossy();
    if name.is_empty() { "localhost".to_owned() } else { name.into_owned() }
}

/// The folders that this process writes to.
fn folders(config: &Config) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = folder_of(&config.store.url).into_iter().collect();
    if let AppUrl::Maildir(folder) = &config.app.url {
        folders.push(folder.clone());
    }
    if let RelayUrl::File(folder) = &config.relay.url {
        folders.push(folder.clone());
    }
    folders
}

fn credentials(file: &Path) -> Option<Credentials> {
    let written_at = std::fs::metadata(file).ok()?.modified().ok()?;
    Some(Credentials { file: file.display().to_string(), written_at: Timestamp::try_from(written_at).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notification::{Class, Kind};

    #[test]
    fn disks_are_seen_once_credentials_with_their_age_and_kinds_until_they_are_declared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("admin-credentials");
        std::fs::write(&file, "user=root\n").unwrap();
        let missing = folder.path().join("missing");
        let folders = vec![folder.path().to_owned(), folder.path().to_owned(), missing];
        let (names, kinds) = (Arc::<SeenNames>::default(), KindTable::default());
        names.note("a_kind");
        let sight = Sight { node: "a:1".into(), folders, credentials: file.clone(), names, kinds: kinds.clone() };
        let seen = sight.look();
        assert_eq!(seen.disks.len(), 1, "{seen:?}");
        assert!(seen.disks[0].total_bytes > seen.disks[0].free_bytes && seen.disks[0].free_bytes > 0, "{seen:?}");
        assert_eq!(seen.credentials.map(|left| left.file), Some(file.display().to_string()));
        assert_eq!(seen.unknown_kinds, ["a_kind"]);
        let declared = Kind {
            name: "a_kind".into(),
            title: "A".into(),
            class: Class::Ordinary,
            why: "It is news.".into(),
            aliases: Vec::new(),
        };
        kinds.replace(&KindTable::new(vec![declared]).unwrap());
        assert!(sight.look().unknown_kinds.is_empty(), "a reload has declared it");
    }
}
