//! Which program may do what: tokens, as stored. Secrets are kept as hashes only. People have a
//! page of their own (`person`).

use super::error::Result;
use super::person::Account;
use crate::domain::id::TokenId;
use crate::domain::spelling::spelled;
use async_trait::async_trait;
use jiff::Timestamp;

spelled! {
    /// What a token may do.
    pub enum Scope {
        /// Everything.
        Api = "api",
        /// Read everything.
        ReadApi = "read_api",
        /// Enqueue notifications and ask about them.
        Enqueue = "enqueue",
        /// Hand in mail over HTTP.
        Ingest = "ingest",
        /// Page people.
        Page = "page",
    }
}

impl Scope {
    /// Does a token of this scope open a door that asks for `wanted`?
    #[must_use]
    pub fn covers(self, wanted: Self) -> bool {
        self == Self::Api || self == wanted
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token's id.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked; it opens nothing from then on.
    pub revoked_at: Option<Timestamp>,
}

/// Tokens, and the very first of all users.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Keeps a new token under the SHA-256 of its secret; false when an unrevoked one has that
    /// name.
    async fn create_token(&self, token: Token, secret_hash: [u8; 32]) -> Result<bool>;

    /// The token whose secret has this SHA-256, revoked or not, with the stored hash for a
    /// constant-time comparison.
    async fn find_token(&self, secret_hash: [u8; 32]) -> Result<Option<(Token, [u8; 32])>>;

    /// All tokens, newest first.
    async fn list_tokens(&self) -> Result<Vec<Token>>;

    /// Revokes the unrevoked token of this name or id; false when there is none.
    async fn revoke_token(&self, name_or_id: String, now: Timestamp) -> Result<bool>;

    /// Is there any user?
    async fn has_user(&self) -> Result<bool>;

    /// Keeps the very first user and token together; false, and neither is kept, when there is any
    /// user already or an unrevoked token has that name.
    async fn create_first(
        &self,
        account: Account,
        password_hash: String,
        token: Token,
        secret_hash: [u8; 32],
    ) -> Result<bool>;
}
