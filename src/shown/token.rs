//! Access for applications.

use super::made_from::made_from;
use crate::domain::id::TokenId;
use crate::store::access::{self, Scope};
use jiff::Timestamp;
use serde::Serialize;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The token's id.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub created_at: Timestamp,
    /// When it was revoked; it opens nothing from then on.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub revoked_at: Option<Timestamp>,
}

made_from! { access::Token => Token { id, name, scope, created_at, revoked_at } }

impl Token {
    /// The columns of a table and of a sheet.
    pub const TABLE: &'static [&'static str] = &["name", "scope", "created_at", "revoked_at", "id"];
}
