//! People: who may sign in, the sessions of those who did, and the brakes on guessing passwords.
//!
//! A session is a random secret in a browser's cookie; only its SHA-256 is kept. It opens nothing
//! any more when it was not used for [`IDLE`], when it is older than [`WHOLE`], or when its user
//! was removed or got another password since: the account's generation is compared at every look,
//! so that a sign-in that crosses such a change comes to nothing too.

use super::error::Result;
use crate::domain::id::{AccountId, SessionId};
use crate::domain::person::Role;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A session that is not used for so long has ended.
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after so long, however much it is used.
pub const WHOLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A browser is known to a name for so long after it signed in under it.
pub const KNOWN: SignedDuration = SignedDuration::from_hours(90 * 24);
/// When a session was last seen is kept to this: not every request shall write.
pub const SEEN_STEP: SignedDuration = SignedDuration::from_mins(1);

/// Sessions seen last at this time or before have ended by `now`.
#[must_use]
pub fn idle_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(IDLE).unwrap_or(Timestamp::MIN)
}

/// When a session that begins at `now` ends at the latest.
#[must_use]
pub fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(WHOLE).unwrap_or(Timestamp::MAX)
}

/// A person who may sign in, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The name to sign in with.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// Another person or the program made the password, so it must be changed first.
    pub must_change: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When this person signed in last.
    pub signed_in_at: Option<Timestamp>,
}

/// An account with what a sign-in is compared with.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The account.
    pub account: Account,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// Grows with every new password.
    pub generation: i64,
}

/// A new password, hashed.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Argon2id, PHC string.
    pub hash: String,
    /// Another person or the program made it.
    pub must_change: bool,
}

/// A session about to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The generation of the password that was right.
    pub generation: i64,
    /// The client's address, masked.
    pub client: String,
    /// What kind of browser, in words of ours.
    pub agent: String,
    /// Now.
    pub created_at: Timestamp,
}

/// A session, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is, by name.
    pub user: String,
    /// The client's address, masked.
    pub client: String,
    /// What kind of browser.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to [`SEEN_STEP`].
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// The result of removing a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Removed, and signed out everywhere.
    Done,
    /// There is no user of this name.
    Missing,
    /// Not removed: no administrator would be left.
    LastAdministrator,
}

/// Whether the last administrator may be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Not.
    Keep,
    /// The caller asked for it explicitly.
    Remove,
}

/// One try to sign in, as the brakes see it; kept as hashes only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The name as given, whether such a user exists or not.
    pub name: String,
    /// The client's network.
    pub client: String,
    /// The secret in the browser's cookie, when it has one: it is known by it to the names it
    /// signed in under.
    pub browser: Option<String>,
}

/// People and their sessions.
#[async_trait]
pub trait PersonStore: Send + Sync {
    /// Keeps a new account; false when the name is taken.
    async fn create_account(&self, account: Account, password_hash: String) -> Result<bool>;

    /// Everybody, by name.
    async fn list_accounts(&self) -> Result<Vec<Account>>;

    /// Who signs in under `name`.
    async fn find_account(&self, name: String) -> Result<Option<Credential>>;

    /// Removes a user, and ends their sessions.
    async fn remove_account(&self, name: String, last: Last) -> Result<Removal>;

    /// Gives `name` another password and ends the sessions under the old one; the new generation,
    /// or `None` when there is no user of this name. Failures counted for the name are forgotten.
    async fn set_password(&self, name: String, password: NewPassword) -> Result<Option<i64>>;

    /// Begins a session, and forgets those too old to open anything; false when the password was
    /// changed meanwhile.
    async fn open_session(&self, session: NewSession, secret_hash: [u8; 32]) -> Result<bool>;

    /// The session whose secret has this SHA-256, when it is alive at `now`, with the stored hash
    /// for a constant-time comparison.
    async fn find_session(&self, secret_hash: [u8; 32], now: Timestamp)
    -> Result<Option<(Session, Account, [u8; 32])>>;

    /// The session was used at `now`.
    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<()>;

    /// Those alive at `now`, last seen first.
    async fn list_sessions(&self, now: Timestamp) -> Result<Vec<Session>>;

    /// Ends a session; false when there is none of this id.
    async fn end_session(&self, id: SessionId) -> Result<bool>;

    /// Counts a try as a failure before its password is looked at; the time from which one is
    /// looked at again when it must wait (then nothing is counted).
    async fn count_try(&self, tried: Try, now: Timestamp) -> Result<Option<Timestamp>>;

    /// The password was right: uncounts the try, and knows the browser to the name from now on by
    /// the secret `browser`.
    async fn settle_try(&self, tried: Try, browser: String, now: Timestamp) -> Result<()>;
}
