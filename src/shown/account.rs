//! Who may sign in to the pages.

use super::made_from::made_from;
use crate::domain::id::AccountId;
use crate::domain::person::Role;
use crate::store::person;
use jiff::Timestamp;
use serde::Serialize;

/// A person who may sign in to the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The name to sign in with.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// Another person or the program made the password, so this person must change it first.
    pub must_change: bool,
    /// When the account was made.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub created_at: Timestamp,
    /// When this person signed in last.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub signed_in_at: Option<Timestamp>,
}

made_from! { person::Account => Account { id, name, role, must_change, created_at, signed_in_at } }

impl Account {
    /// The columns of a table and of a sheet.
    pub const TABLE: &'static [&'static str] = &["name", "role", "must_change", "created_at", "signed_in_at"];
}
