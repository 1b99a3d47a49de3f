//! The first start: creates an administrator and a token, and writes them once to a file that only
//! the gateway's account can read.
//!
//! The file is complete and synced before the store learns of them; a start that finds the file but
//! no user gives the store the file's content. So neither a crash in between nor a second process
//! can leave an administrator whose password is unknown.

use crate::clock::Clock;
use crate::disk;
use crate::domain::id::Id;
use crate::domain::password;
use crate::domain::person::Role;
use crate::domain::secret;
use crate::store::Store;
use crate::store::access::{Scope, Token};
use crate::store::error::StoreError;
use crate::store::person::Account;
use jiff::Timestamp;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the first administrator was not created.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// The system provided no random bytes.
    #[error(transparent)]
    Secret(#[from] secret::NoRandomness),
    /// The password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] password::NotHashed),
    /// The file cannot be written.
    #[error("cannot write {0} ({1}): make its folder writable")]
    File(PathBuf, std::io::Error),
    /// The store refused them.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates the first administrator unless a user exists. Returns the path of the credentials file;
/// `None` when a user exists already.
///
/// # Errors
/// When the credentials cannot be generated, written or stored. The next start uses the content of
/// the file.
pub async fn make_administrator(
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    path: &Path,
) -> Result<Option<PathBuf>, FirstStartError> {
    if store.has_user().await? {
        return Ok(None);
    }
    let cannot = |error| FirstStartError::File(path.to_owned(), error);
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder).map_err(cannot)?;
    let folder = disk::lock(folder).await.map_err(cannot)?;
    // Another process may have created one while it held the lock.
    if store.has_user().await? {
        return Ok(None);
    }
    let credentials = match Credentials::read(path) {
        Some(left) => left,
        None => Credentials::mint()?,
    };
    credentials.write(path).and_then(|()| folder.sync_all()).map_err(cannot)?;
    if keep(store, clock.now(), &credentials).await? {
        return Ok(Some(path.to_owned()));
    }
    // A gateway with another folder was first, so the credentials written here are useless.
    let _ = std::fs::remove_file(path);
    Ok(None)
}

/// Gives the store the first user and token; false when it already has a user.
async fn keep(store: &Arc<dyn Store>, now: Timestamp, credentials: &Credentials) -> Result<bool, FirstStartError> {
    let password_hash = password::hash(&credentials.password)?;
    let (id, role) = (Id::mint(now), Role::Administrator);
    let root = Account { id, name: "root".into(), role, must_change: true, created_at: now, signed_in_at: None };
    let mut name = "root".to_owned();
    for number in 2.. {
        let token = Token { id: Id::mint(now), name, scope: Scope::Api, created_at: now, revoked_at: None };
        if store.create_first(root.clone(), password_hash.clone(), token, secret::hash(&credentials.token)).await? {
            return Ok(true);
        }
        if store.has_user().await? {
            break;
        }
        // An operator created a token of this name before there was a user.
        name = format!("root-{number}");
    }
    Ok(false)
}

/// The content of the file.
struct Credentials {
    password: String,
    token: String,
}

impl Credentials {
    fn mint() -> Result<Self, secret::NoRandomness> {
        Ok(Self { password: password::mint()?, token: secret::mint()? })
    }

    fn text(&self) -> String {
        format!("user=root\npassword={}\ntoken={}\n", self.password, self.token)
    }

    /// The credentials that an earlier start wrote; `None` when the file is not exactly as written.
    fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let value = |key| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        let read = Self { password: value("password=")?, token: value("token=")? };
        let is_ours =
            read.password.len() == password::GENERATED_CHARS && read.token.starts_with("ptn_") && read.text() == text;
        is_ours.then_some(read)
    }

    /// Writes the file with mode 0600 and syncs it; an old file is replaced.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let new = path.with_extension("new");
        let _ = std::fs::remove_file(&new);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    }
}

/// The folder may be missing when the store is elsewhere.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::sqlite::{Existing, SqliteStore};
    use std::os::unix::fs::PermissionsExt;

    const FILE: &str = "admin-credentials";

    async fn open(path: &Path) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(path, Existing::CreateIfMissing).await.unwrap())
    }

    async fn start(store: &Arc<dyn Store>, path: &Path) -> Option<PathBuf> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        make_administrator(store, &clock, &path.with_file_name(FILE)).await.unwrap()
    }

    /// The name of the token in the file, if the store accepts that token.
    async fn token_name(store: &Arc<dyn Store>, path: &Path) -> Option<String> {
        let written = Credentials::read(&path.with_file_name(FILE))?;
        let found = store.find_token(secret::hash(&written.token)).await.unwrap();
        found.map(|(token, _)| token.name)
    }

    #[tokio::test]
    async fn processes_that_begin_at_once_leave_one_administrator_whose_credentials_are_in_the_file() {
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("postern.db");
            let stores = [open(&path).await, open(&path).await, open(&path).await];
            let made = futures_util::future::join_all(stores.iter().map(|store| start(store, &path))).await;
            assert_eq!(made.iter().flatten().count(), 1, "{made:?}");
            assert_eq!(token_name(&stores[0], &path).await.as_deref(), Some("root"));
            let file = path.with_file_name(FILE);
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(!file.with_extension("new").exists());
        }
    }

    #[tokio::test]
    async fn after_a_crash_before_the_store_knew_the_file_still_says_the_truth() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.db");
        let file = path.with_file_name(FILE);
        Credentials::mint().unwrap().write(&file).unwrap();
        let before = std::fs::read_to_string(&file).unwrap();
        let store = open(&path).await;
        assert_eq!(start(&store, &path).await, Some(file.clone()));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before, "somebody may have read it already");
        assert_eq!(token_name(&store, &path).await.as_deref(), Some("root"));
        assert_eq!(start(&store, &path).await, None);
        assert!(file.exists());
    }

    #[tokio::test]
    async fn a_file_that_is_not_what_was_written_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.db");
        let file = path.with_file_name(FILE);
        std::fs::write(&file, "user=root\npassword=guess\ntoken=ptn_guess\n").unwrap();
        std::fs::write(file.with_extension("new"), "half").unwrap();
        let store = open(&path).await;
        assert_eq!(start(&store, &path).await, Some(file));
        assert_eq!(token_name(&store, &path).await.as_deref(), Some("root"));
    }

    #[tokio::test]
    async fn a_token_called_root_does_not_keep_the_administrator_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postern.db");
        let store = open(&path).await;
        let now = SystemClock.now();
        let token =
            Token { id: Id::mint(now), name: "root".into(), scope: Scope::Page, created_at: now, revoked_at: None };
        assert!(store.create_token(token, secret::hash("other")).await.unwrap());
        assert!(start(&store, &path).await.is_some());
        assert_eq!(token_name(&store, &path).await.as_deref(), Some("root-2"));
    }
}
