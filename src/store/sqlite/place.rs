//! Which files the store is in: the ones this process began with, and no others that were put in
//! their place.
//!
//! SQLite keeps newest commits in `-wal` and its locks in `-shm`. When one of the files is
//! unlinked, an open connection goes on writing into nowhere and says that all is well. So they are
//! looked at before each transaction and again before its commit is answered. A look is one `stat`
//! a file; the files are never opened here, since closing one would drop SQLite's locks.

use crate::store::error::{Result, StoreError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The store's files, each by its path and by what the path meant when the store was opened.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: Part,
    log: [Part; 2],
}

/// One file.
#[derive(Debug, Clone)]
struct Part {
    path: PathBuf,
    inode: Option<(u64, u64)>,
}

/// What became of the store's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// The file itself: what was committed is in the one that was taken away.
    File(StoreError),
    /// The log or its index only: what was committed can still be folded into the file.
    Log(StoreError),
}

impl Place {
    /// The files that stand at `path` now; the store is open, so the log is there.
    pub(super) fn of(path: &Path) -> Self {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            Part::of(PathBuf::from(name))
        };
        Self { file: Part::of(path.to_owned()), log: [beside("-wal"), beside("-shm")] }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.file.path
    }

    /// Whether the files still stand there: a commit into a file that was removed or replaced is
    /// lost.
    pub(super) fn check(&self) -> Result<()> {
        self.look().map_err(|lost| match lost {
            Lost::File(error) | Lost::Log(error) => error,
        })
    }

    /// The same, telling which kind of file is missing.
    pub(super) fn look(&self) -> std::result::Result<(), Lost> {
        if !self.file.stands() {
            let path = self.file.path.display();
            return Err(Lost::File(StoreError::Unreachable(format!(
                "the file {path} was removed or replaced: put it back, or restart the gateway to begin with what is there"
            ))));
        }
        match self.log.iter().find(|part| !part.stands()) {
            None => Ok(()),
            Some(part) => Err(Lost::Log(StoreError::Unreachable(format!(
                "the file {} was removed or replaced while the store was open: restart the gateway, and never delete the files \
                 beside {}",
                part.path.display(),
                self.file.path.display()
            )))),
        }
    }
}

impl Part {
    fn of(path: PathBuf) -> Self {
        Self { inode: inode(&path), path }
    }

    fn stands(&self) -> bool {
        inode(&self.path) == self.inode
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
