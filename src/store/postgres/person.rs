//! People and their sessions: SQL.

use super::ledger::Ledger;
use super::row::{Columns, clean, micros};
use super::{PostgresStore, Query};
use crate::domain::id::SessionId;
use crate::store::error::Result;
use crate::store::person::{
    Account, Credential, Last, NewPassword, NewSession, PersonStore, Removal, Session, Try, expiry, idle_since,
};
use crate::store::record;
use crate::store::script::Fence;
use crate::store::script::brake;
use crate::store::select::account_columns;
use async_trait::async_trait;
use jiff::Timestamp;

/// Keeps an account.
pub(super) fn insert_account<'q>(account: &'q Account, hash: &'q str) -> Query<'q> {
    sqlx::query(
        "INSERT INTO account (id, name, role, must_change, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(account.id.to_string())
    .bind(clean(&account.name))
    .bind(account.role.as_str())
    .bind(i64::from(account.must_change))
    .bind(clean(hash))
    .bind(micros(account.created_at))
}

async fn remove(ledger: &mut Ledger, name: &str, last: Last) -> Result<Removal> {
    // Two who remove each other at the same time must not both succeed.
    ledger.execute(sqlx::query("LOCK TABLE account IN EXCLUSIVE MODE")).await?;
    let find = sqlx::query("SELECT id, role FROM account WHERE name = $1").bind(clean(name));
    let Some(row) = ledger.row(find).await? else { return Ok(Removal::Missing) };
    let others = sqlx::query("SELECT id FROM account WHERE role = 'administrator' AND name <> $1 LIMIT 1");
    if last == Last::Keep
        && row.text("role")? == "administrator"
        && ledger.row(others.bind(clean(name))).await?.is_none()
    {
        return Ok(Removal::LastAdministrator);
    }
    end_all(ledger, row.text("id")?).await?;
    ledger.execute(sqlx::query("DELETE FROM account WHERE name = $1").bind(clean(name))).await?;
    Ok(Removal::Done)
}

async fn end_all(ledger: &mut Ledger, account: String) -> Result<()> {
    ledger.execute(sqlx::query("DELETE FROM session WHERE account_id = $1").bind(account)).await.map(drop)
}

async fn set_password(ledger: &mut Ledger, name: &str, password: &NewPassword) -> Result<Option<i64>> {
    let update = sqlx::query(
        "UPDATE account SET password_hash = $2, must_change = $3, generation = generation + 1 WHERE name = $1
         RETURNING id, generation",
    );
    let update = update.bind(clean(name)).bind(clean(&password.hash)).bind(i64::from(password.must_change));
    let Some(row) = ledger.row(update).await? else { return Ok(None) };
    end_all(ledger, row.text("id")?).await?;
    ledger.execute(sqlx::query("DELETE FROM brake WHERE subject = $1").bind(brake::of_name(name))).await?;
    row.number("generation").map(Some)
}

async fn open_session(ledger: &mut Ledger, session: &NewSession, hash: [u8; 32]) -> Result<bool> {
    let now = session.created_at;
    let ended = sqlx::query("DELETE FROM session WHERE expires_at <= $1");
    ledger.execute(ended.bind(micros(now))).await?;
    let begin = sqlx::query("UPDATE account SET signed_in_at = $3 WHERE id = $1 AND generation = $2");
    let begin = begin.bind(session.account_id.to_string()).bind(session.generation).bind(micros(now));
    if !ledger.changes_one(begin).await? {
        return Ok(false);
    }
    let insert = sqlx::query(
        "INSERT INTO session (id, account_id, generation, secret_hash, client, agent, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
    )
    .bind(session.id.to_string())
    .bind(session.account_id.to_string())
    .bind(session.generation)
    .bind(hash)
    .bind(clean(&session.client))
    .bind(clean(&session.agent))
    .bind(micros(now))
    .bind(micros(expiry(now)));
    ledger.changes_one(insert).await
}

#[async_trait]
impl PersonStore for PostgresStore {
    async fn create_account(&self, account: Account, password_hash: String) -> Result<bool> {
        self.execute(insert_account(&account, &password_hash)).await.map(|rows| rows == 1)
    }

    async fn list_accounts(&self) -> Result<Vec<Account>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            account_columns!(),
            "
               FROM account ORDER BY name"
        ));
        self.rows(find).await?.iter().map(record::account).collect()
    }

    async fn find_account(&self, name: String) -> Result<Option<Credential>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            account_columns!(),
            ",
                    password_hash, generation FROM account WHERE name = $1"
        ));
        self.row(find.bind(clean(&name))).await?.map(|row| record::credential(&row)).transpose()
    }

    async fn remove_account(&self, name: String, last: Last) -> Result<Removal> {
        self.write(Fence::Shared, move |ledger| {
            let name = name.clone();
            Box::pin(async move { remove(ledger, &name, last).await })
        })
        .await
    }

    async fn set_password(&self, name: String, password: NewPassword) -> Result<Option<i64>> {
        self.write(Fence::Shared, move |ledger| {
            let (name, password) = (name.clone(), password.clone());
            Box::pin(async move { set_password(ledger, &name, &password).await })
        })
        .await
    }

    async fn open_session(&self, session: NewSession, secret_hash: [u8; 32]) -> Result<bool> {
        self.write(Fence::Shared, move |ledger| {
            let session = session.clone();
            Box::pin(async move { open_session(ledger, &session, secret_hash).await })
        })
        .await
    }

    async fn find_session(
        &self,
        secret_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, Account, [u8; 32])>> {
        let find = sqlx::query(
            "SELECT session.id, session.account_id, client, agent, session.created_at, seen_at, expires_at, secret_hash,
                    name, role, must_change, account.created_at AS account_created_at, signed_in_at
               FROM session JOIN account ON account.id = session.account_id AND account.generation = session.generation
              WHERE secret_hash = $1 AND expires_at > $2 AND seen_at > $3",
        );
        let row = self.row(find.bind(secret_hash).bind(micros(now)).bind(micros(idle_since(now)))).await?;
        row.map(|row| Ok((record::session(&row)?, record::account(&row)?, row.hash("secret_hash")?))).transpose()
    }

    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<()> {
        let touch = sqlx::query("UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND expires_at >= $2");
        self.execute(touch.bind(id.to_string()).bind(micros(now))).await.map(drop)
    }

    async fn list_sessions(&self, now: Timestamp) -> Result<Vec<Session>> {
        let find = sqlx::query(
            "SELECT session.id, name, client, agent, session.created_at, seen_at, expires_at
               FROM session JOIN account ON account.id = session.account_id AND account.generation = session.generation
              WHERE expires_at > $1 AND seen_at > $2 ORDER BY seen_at DESC, session.id DESC",
        );
        let rows = self.rows(find.bind(micros(now)).bind(micros(idle_since(now)))).await?;
        rows.iter().map(record::session).collect()
    }

    async fn end_session(&self, id: SessionId) -> Result<bool> {
        let end = sqlx::query("DELETE FROM session WHERE id = $1");
        self.execute(end.bind(id.to_string())).await.map(|rows| rows == 1)
    }

    async fn count_try(&self, tried: Try, now: Timestamp) -> Result<Option<Timestamp>> {
        self.write(Fence::Shared, move |ledger| {
            let tried = tried.clone();
            Box::pin(async move { brake::count(ledger, &tried, now).await })
        })
        .await
    }

    async fn settle_try(&self, tried: Try, browser: String, now: Timestamp) -> Result<()> {
        self.write(Fence::Shared, move |ledger| {
            let (tried, browser) = (tried.clone(), browser.clone());
            Box::pin(async move { brake::settle(ledger, &tried, &browser, now).await })
        })
        .await
    }
}
