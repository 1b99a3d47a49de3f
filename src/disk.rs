//! Files that are there or not: write, fsync, rename, fsync the folder.
//!
//! A Maildir gets one file per name. After [`put`] answered, the file is whole and survives a power cut; before, no reader
//! sees any of it. Putting the same name again leaves the first file alone, also when a reader has moved it to `cur`.
//!
//! Limits: a file that a reader deleted (or, where `cur` is too big to be listed, marked with flags other than the Maildir
//! standard's six) is not recognised and is written again. Files left in `tmp` by a crash or an error are overwritten by the
//! next try of the same name.

use bytes::Bytes;
use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The standard's flags (draft, flagged, passed, replied, seen, trashed), in the order a file name has them.
const FLAGS: [char; 6] = ['D', 'F', 'P', 'R', 'S', 'T'];

/// A folder is listed up to this size of its own (some thousand names): beyond, asking for single names is faster.
const LISTED_BYTES: u64 = 256 * 1024;

/// Files synced at a time.
const SYNCING: usize = 4;

/// Trials made so far by this process.
static TRIALS: AtomicU64 = AtomicU64::new(0);

/// A file to be put: its name, and its content in parts.
pub type Draft = (String, Vec<Bytes>);

/// Puts `drafts` into `maildir`, in order; for each, true when it is new, false when it was there already.
///
/// The folder is synced once for all of them, after every file was. Missing folders are made, for the owner alone. The
/// answers end with the first error: what would follow it was not put.
pub async fn put(maildir: &Path, drafts: Vec<Draft>) -> Vec<io::Result<bool>> {
    let maildir = maildir.to_owned();
    match blocking(move || Ok(put_now(&maildir, &drafts))).await {
        Ok(answers) => answers,
        Err(error) => vec![Err(error)],
    }
}

/// Makes the folders of `maildir` where they are missing and tries to write in it.
///
/// # Errors
/// When a folder cannot be made or written to.
pub async fn prepare(maildir: &Path) -> io::Result<()> {
    let maildir = maildir.to_owned();
    blocking(move || {
        make_folders(&maildir)?;
        // A name of its own: several may try at once, and one must not take away what another is about to.
        let trial = maildir.join("tmp").join(format!("trial.{}.{}", std::process::id(), TRIALS.fetch_add(1, Relaxed)));
        write_whole(&trial, &[])?.sync_all()?;
        fs::remove_file(&trial)
    })
    .await
}

/// Keeps every other Postern that asks for `folder` out of it, until the answer is dropped; waits for one that is inside.
///
/// A process that dies lets go by that. The answer is the opened folder; syncing it keeps the names in it.
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
    // First all of them, then the names: a rename in between makes the next file's sync dearer.
    let (synced, failed) = until_error(sync_all(maildir, drafts, &staged));
    error = failed.or(error);
    let (finished, failed) = until_error(drafts.iter().zip(synced).map(|((name, _), is_new)| {
        if is_new {
            fs::rename(maildir.join("tmp").join(name), maildir.join("new").join(name))?;
        }
        Ok(is_new)
    }));
    error = failed.or(error);
    // Also for files that were there: the try that wrote them may have failed right here.
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

/// Writes what is not there yet to `tmp`, without syncing, so that the disk may take many at once.
///
/// `None` stands for a file that is there already.
fn stage_all<'a>(maildir: &'a Path, drafts: &'a [Draft]) -> impl Iterator<Item = io::Result<Option<File>>> + 'a {
    // A reader moves files from `new` to `cur`: looking in this order finds them in one of the two.
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

/// Syncs the staged files, several at a time: the disk takes them together. True for each that there was.
fn sync_all(maildir: &Path, drafts: &[Draft], staged: &[Option<File>]) -> Vec<io::Result<bool>> {
    let sync = |((name, _), file): (&Draft, &Option<File>)| {
        let Some(file) = file else { return Ok(false) };
        if let Err(error) = file.sync_all() {
            // The first error is the one to tell.
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

/// What a reader has moved to `cur`.
enum Read {
    /// The names in it, without their flags.
    Listed(HashSet<String>),
    /// Too many to list: each is asked for by every name it may have.
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

/// Has a reader moved the file to `cur`? Asked name by name.
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

/// Writes a file; one that could not be written whole is taken away again.
fn write_whole(path: &Path, parts: &[Bytes]) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path)?;
    match parts.iter().try_for_each(|part| file.write_all(part)) {
        Ok(()) => Ok(file),
        Err(error) => {
            // The first error is the one to tell.
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

/// The folders in which a name appears when `maildir` is made: itself, the one it is in, and on as long as one is missing.
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

/// The folder that an empty path stands for is the one this process is in.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// A new name in a folder is on disk only once the folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
