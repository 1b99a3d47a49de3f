//! Which file the store is in: the one this process began with, and no other that was put in its place.

use crate::store::error::{Result, StoreError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file, by its path and by what the path meant when the store was opened.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    inode: Option<(u64, u64)>,
}

impl Place {
    /// The file that stands at `path` now.
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), inode: inode(path) }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Does it still stand there? A removed or replaced file would take commits into nowhere, and tell what held before.
    pub(super) fn check(&self) -> Result<()> {
        if inode(&self.path) == self.inode {
            return Ok(());
        }
        Err(StoreError::Unreachable(format!(
            "the file {} was removed or replaced: put it back, or restart the gateway to begin with what is there",
            self.path.display()
        )))
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
