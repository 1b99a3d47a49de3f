//! What this process observes locally: the disks it writes to, and the credentials that the first
//! start left.

use super::config::Config;
use super::config::app::AppUrl;
use super::config::relay::RelayUrl;
use super::telemetry::lost_lines;
use super::wiring::store::folder_of;
use crate::concern::seen::{Credentials, Disk, Seen};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The places that this process looks at.
#[derive(Debug, Clone)]
pub struct Sight {
    node: String,
    folders: Vec<PathBuf>,
    credentials: PathBuf,
}

impl Sight {
    /// Looks on behalf of the node `node`.
    #[must_use]
    pub fn new(config: &Config, node: String) -> Self {
        Self { node, folders: folders(config), credentials: config.store.credentials.clone() }
    }

    /// Looks on behalf of a command, which is not a node.
    #[must_use]
    pub fn of_command(config: &Config) -> Self {
        Self::new(config, String::new())
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
        }
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

    #[test]
    fn a_disk_is_seen_once_with_its_space_and_credentials_with_their_age() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("admin-credentials");
        std::fs::write(&file, "user=root\n").unwrap();
        let missing = folder.path().join("missing");
        let folders = vec![folder.path().to_owned(), folder.path().to_owned(), missing];
        let seen = Sight { node: "a:1".into(), folders, credentials: file.clone() }.look();
        assert_eq!(seen.disks.len(), 1, "{seen:?}");
        assert!(seen.disks[0].total_bytes > seen.disks[0].free_bytes && seen.disks[0].free_bytes > 0, "{seen:?}");
        assert_eq!(seen.credentials.map(|left| left.file), Some(file.display().to_string()));
    }
}
