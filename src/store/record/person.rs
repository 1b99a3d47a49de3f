//! From rows to people, their sessions, and what is remembered of failed tries.

use crate::domain::person::Role;
use crate::policy::brake::Tally;
use crate::store::error::Result;
use crate::store::person::{Account, Credential, Session};
use crate::store::record::column::Columns;

/// A person, without the password.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn account(row: &impl Columns) -> Result<Account> {
    Ok(Account {
        id: row.id("account_id")?,
        name: row.text("name")?,
        role: row.word("role", Role::parse)?,
        must_change: row.number("must_change")? == 1,
        created_at: row.time("account_created_at")?,
        signed_in_at: row.time_or_null("signed_in_at")?,
    })
}

/// A person, with what a sign-in is compared with.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn credential(row: &impl Columns) -> Result<Credential> {
    Ok(Credential {
        account: account(row)?,
        password_hash: row.text("password_hash")?,
        generation: row.number("generation")?,
    })
}

/// A session.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn session(row: &impl Columns) -> Result<Session> {
    Ok(Session {
        id: row.id("id")?,
        user: row.text("name")?,
        client: row.text("client")?,
        agent: row.text("agent")?,
        created_at: row.time("created_at")?,
        seen_at: row.time("seen_at")?,
        expires_at: row.time("expires_at")?,
    })
}

/// What is remembered of failed tries.
///
/// # Errors
/// When a column holds what no program of ours writes.
pub fn brake(row: &impl Columns) -> Result<Tally> {
    Ok(Tally { failures: row.number("failures")?, free_at: row.time("free_at")?, kept_until: row.time("kept_until")? })
}
