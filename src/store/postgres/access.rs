//! Tokens and the first user: SQL.

use super::ledger::Ledger;
use super::person::insert_account;
use super::row::{Columns, clean, micros};
use super::{PostgresStore, Query};
use crate::store::access::{AccessStore, Token};
use crate::store::error::Result;
use crate::store::person::Account;
use crate::store::record;
use crate::store::script::Fence;
use async_trait::async_trait;
use jiff::Timestamp;

fn insert_token(token: &Token, hash: [u8; 32]) -> Query<'_> {
    sqlx::query(
        "INSERT INTO token (id, name, scope, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
    )
    .bind(token.id.to_string())
    .bind(clean(&token.name))
    .bind(token.scope.as_str())
    .bind(hash)
    .bind(micros(token.created_at))
}

/// Keeps the first user and token. The lock keeps other transactions from looking for a user
/// meanwhile.
async fn insert_first(ledger: &mut Ledger, account: Query<'_>, token: &Token, hash: [u8; 32]) -> Result<bool> {
    ledger.execute(sqlx::query("LOCK TABLE account IN EXCLUSIVE MODE")).await?;
    // The token first: when its name is taken, nothing is kept.
    if ledger.row(sqlx::query("SELECT id FROM account LIMIT 1")).await?.is_some()
        || !ledger.changes_one(insert_token(token, hash)).await?
    {
        return Ok(false);
    }
    ledger.changes_one(account).await
}

#[async_trait]
impl AccessStore for PostgresStore {
    async fn create_token(&self, token: Token, secret_hash: [u8; 32]) -> Result<bool> {
        self.execute(insert_token(&token, secret_hash)).await.map(|rows| rows == 1)
    }

    async fn find_token(&self, secret_hash: [u8; 32]) -> Result<Option<(Token, [u8; 32])>> {
        let find = sqlx::query(
            "SELECT id, name, scope, secret_hash, created_at, revoked_at FROM token WHERE secret_hash = $1",
        );
        let row = self.row(find.bind(secret_hash)).await?;
        row.map(|row| Ok((record::token(&row)?, row.hash("secret_hash")?))).transpose()
    }

    async fn list_tokens(&self) -> Result<Vec<Token>> {
        let find =
            sqlx::query("SELECT id, name, scope, created_at, revoked_at FROM token ORDER BY created_at DESC, id DESC");
        self.rows(find).await?.iter().map(record::token).collect()
    }

    async fn revoke_token(&self, name_or_id: String, now: Timestamp) -> Result<bool> {
        let update =
            sqlx::query("UPDATE token SET revoked_at = $2 WHERE (name = $1 OR id = $1) AND revoked_at IS NULL");
        self.execute(update.bind(clean(&name_or_id)).bind(micros(now))).await.map(|rows| rows > 0)
    }

    async fn has_user(&self) -> Result<bool> {
        self.row(sqlx::query("SELECT 1 FROM account LIMIT 1")).await.map(|row| row.is_some())
    }

    async fn create_first(
        &self,
        account: Account,
        password_hash: String,
        token: Token,
        secret_hash: [u8; 32],
    ) -> Result<bool> {
        self.write(Fence::Shared, move |ledger| {
            let (account, password, token) = (account.clone(), password_hash.clone(), token.clone());
            Box::pin(
                async move { insert_first(ledger, insert_account(&account, &password), &token, secret_hash).await },
            )
        })
        .await
    }
}
