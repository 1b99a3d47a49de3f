//! Durable files in a Maildir: write, fsync, rename, fsync the folder.
//!
//! A Maildir gets one file per name. Once [`put`] returns, the file is complete and survives a
//! power cut; until then no reader sees any part of it. Putting the same name again leaves the
//! first file alone, even after a reader has moved it to `cur`.
//!
//! Limits: a file that a reader deleted is not recognised and is written again. So is a file that a
//! reader marked with flags outside the Maildir standard's six, when `cur` is too big to list.
//! Files that a crash or an error left in `tmp` are overwritten by the next attempt with the same
//! name.

use bytes::Bytes;
use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The standard's flags (draft, flagged, passed, replied, seen, trashed), in file name order.
const FLAGS: [char; 6] = ['D', 'F', 'P', 'R', 'S', 'T'];

/// Largest directory size at which the folder is listed (a few thousand names); beyond it, single
/// name lookups are faster.
const LISTED_BYTES: u64 = 256 * 1024;

/// Files synced concurrently.
const SYNCING: usize = 4;

/// Write probes made so far by this process; part of the probe's file name.
static TRIALS: AtomicU64 = AtomicU64::new(0);

/// A file to be put: its name, and its content in chunks.
pub type Draft = (String, Vec<Bytes>);

/// Puts `drafts` into `maildir`, in order; each result is true for a new file, false for one that
/// already existed.
///
/// The folder is synced once for all drafts, after every file is synced. Missing folders are
/// created, accessible to the owner only. The results end with the first error: no draft after it
/// was put.
pub async fn put(maildir: &Path, drafts: Vec<Draft>) -> Vec<io::Result<bool>> {
    let maildir = maildir.to_owned();
    match blocking(move || Ok(put_now(&maildir, &drafts))).await {
        Ok(answers) => answers,
        Err(error) => vec![Err(error)],
    }
}

/// Creates the missing folders of `maildir` and tests that it is writable.
///
/// # Errors
/// When a folder cannot be created or written to.
pub async fn prepare(maildir: &Path) -> io::Result<()> {
    let maildir = maildir.to_owned();
    blocking(move || {
        make_folders(&maildir)?;
        // A unique name: concurrent probes must not remove each other's file.
        let trial = maildir.join("tmp").join(format!("trial.{}.{}", std::process::id(), TRIALS.fetch_add(1, Relaxed)));
        write_whole(&trial, &[])?.sync_all()?;
        fs::remove_file(&trial)
    })
    .await
}

/// Locks `folder` against every other Postern process until the returned file is dropped; waits for
/// a process that already holds the lock.
///
/// The lock also ends when its process dies. The returned file is the opened folder; syncing it
/// makes its names durable.
///
/// # Errors
/// When the folder cannot be opened or locked.
pub async fn lock(folder: &Path) -> io::Result<File> {
    let folder = named(folder).to_owned();
    blocking(move || {
        let opened = File::open(&folder)?;
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                tracing::info!(folder = %folder.display(), "Waiting for another Postern that prepares {}", folder.display());
                opened.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(opened)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn put_now(maildir: &Path, drafts: &[Draft]) -> Vec<io::Result<bool>> {
    let (staged, mut error) = until_error(stage_all(maildir, drafts));
    // Sync all files first, then rename: a rename in between makes the next file's sync more
    // expensive.
    let (synced, failed) = until_error(sync_all(maildir, drafts, &staged));
    error = failed.or(error);
    let (finished, failed) = until_error(drafts.iter().zip(synced).map(|((name, _), is_new)| {
        if is_new {
            fs::rename(maildir.join("tmp").join(name), maildir.join("new").join(name))?;
        }
        Ok(is_new)
    }));
    error = failed.or(error);
    // Also for files that already existed: the attempt that wrote them may have failed at this
    // sync.
    if !finished.is_empty()
        && let Err(failure) = sync_folder(&maildir.join("new"))
    {
        return vec![Err(failure)];
    }
    finished.into_iter().map(Ok).chain(error.map(Err)).collect()
}

fn until_error<T>(results: impl IntoIterator<Item = io::Result<T>>) -> (Vec<T>, Option<io::Error>) {
    let mut done = Vec::new();
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(error) => return (done, Some(error)),
        }
    }
    (done, None)
}

/// Writes the missing files to `tmp` without syncing, so that the disk can take many at once.
///
/// `None` stands for a file that already exists.
fn stage_all<'a>(maildir: &'a Path, drafts: &'a [Draft]) -> impl Iterator<Item = io::Result<Option<File>>> + 'a {
    // A reader moves files from `new` to `cur`; checking in that order cannot miss a file in
    // transit.
    let unread: Vec<_> = drafts.iter().map(|(name, _)| in_new(maildir, name)).collect();
    let read = if unread.iter().all(|found| matches!(found, Ok(true))) { Read::Asked } else { Read::look(maildir) };
    drafts.iter().zip(unread).map(move |((name, parts), is_unread)| {
        if is_unread? || read.has(maildir, name)? { Ok(None) } else { stage(maildir, name, parts).map(Some) }
    })
}

fn in_new(maildir: &Path, name: &str) -> io::Result<bool> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0', ':']) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "a file of a Maildir cannot have this name"));
    }
    maildir.join("new").join(name).try_exists()
}

fn stage(maildir: &Path, name: &str, parts: &[Bytes]) -> io::Result<File> {
    let draft = maildir.join("tmp").join(name);
    match write_whole(&draft, parts) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_folders(maildir)?;
            write_whole(&draft, parts)
        }
        other => other,
    }
}

/// Syncs the staged files, several at a time, so that the disk can batch them. True for each staged
/// file.
fn sync_all(maildir: &Path, drafts: &[Draft], staged: &[Option<File>]) -> Vec<io::Result<bool>> {
    let sync = |((name, _), file): (&Draft, &Option<File>)| {
        let Some(file) = file else { return Ok(false) };
        if let Err(error) = file.sync_all() {
            // A failed clean-up is ignored: the first error is the one to report.
            let _ = fs::remove_file(maildir.join("tmp").join(name));
            return Err(error);
        }
        Ok(true)
    };
    let share = staged.len().div_ceil(SYNCING).max(1);
    std::thread::scope(|scope| {
        let shares = drafts.chunks(share).zip(staged.chunks(share));
        let workers: Vec<_> = shares
            .map(|(drafts, staged)| scope.spawn(move || drafts.iter().zip(staged).map(sync).collect::<Vec<_>>()))
            .collect();
        let died = |_| vec![Err(io::Error::other("a thread that synced files died"))];
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(died)).collect()
    })
}

/// The files that a reader has moved to `cur`.
enum Read {
    /// The names in `cur`, without their flags.
    Listed(HashSet<String>),
    /// `cur` is too big to list: each file is looked up under every name it can have.
    Asked,
}

impl Read {
    fn look(maildir: &Path) -> Self {
        let cur = maildir.join("cur");
        match fs::metadata(&cur) {
            Ok(folder) if folder.len() <= LISTED_BYTES => list(&cur).map_or(Self::Asked, Self::Listed),
            Ok(_) | Err(_) => Self::Asked,
        }
    }

    fn has(&self, maildir: &Path, name: &str) -> io::Result<bool> {
        match self {
            Self::Listed(names) => Ok(names.contains(name)),
            Self::Asked => was_read(maildir, name),
        }
    }
}

fn list(cur: &Path) -> io::Result<HashSet<String>> {
    let bare = |entry: io::Result<fs::DirEntry>| {
        let file = entry?.file_name();
        let file = file.to_string_lossy();
        Ok(file.split_once(':').map_or(&*file, |(name, _)| name).to_owned())
    };
    fs::read_dir(cur)?.map(bare).collect()
}

/// Whether a reader has moved the file to `cur`; looks up one name at a time.
fn was_read(maildir: &Path, name: &str) -> io::Result<bool> {
    let cur = maildir.join("cur");
    if cur.join(name).try_exists()? {
        return Ok(true);
    }
    for chosen in 0..1u8 << FLAGS.len() {
        let flags: String = FLAGS.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1).map(|(_, f)| f).collect();
        if cur.join(format!("{name}:2,{flags}")).try_exists()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a file, and removes it again when it could not be written completely.
fn write_whole(path: &Path, parts: &[Bytes]) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path)?;
    match parts.iter().try_for_each(|part| file.write_all(part)) {
        Ok(()) => Ok(file),
        Err(error) => {
            // A failed clean-up is ignored: the first error is the one to report.
            let _ = fs::remove_file(path);
            Err(error)
        }
    }
}

fn make_folders(maildir: &Path) -> io::Result<()> {
    let changed = folders_to_get_a_name(maildir);
    for folder in ["tmp", "new", "cur"] {
        DirBuilder::new().recursive(true).mode(0o700).create(maildir.join(folder))?;
    }
    changed.iter().try_for_each(|folder| sync_folder(folder))
}

/// The folders that gain an entry when `maildir` is created: `maildir` itself, its parent, and
/// further up while a folder is missing.
fn folders_to_get_a_name(maildir: &Path) -> Vec<PathBuf> {
    let mut folders = vec![maildir.to_owned()];
    let mut parents = maildir.ancestors().skip(1).map(named);
    folders.extend(parents.next().map(Path::to_owned));
    let missing = |folder: &PathBuf| !folder.is_dir();
    while folders.last().is_some_and(missing) {
        match parents.next() {
            Some(parent) => folders.push(parent.to_owned()),
            None => break,
        }
    }
    folders
}

/// Maps an empty path to the current directory.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Syncs a folder: a new name in it is durable only after that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
