//! Tokens and the first user: SQL.

use super::row::{Columns, micros};
use super::{Failing, SqliteStore};
use crate::store::access::{AccessStore, Token};
use crate::store::error::Result;
use crate::store::person::Account;
use crate::store::record;
use async_trait::async_trait;
use jiff::Timestamp;

async fn insert_token(ledger: &mut super::ledger::Ledger, token: &Token, hash: [u8; 32]) -> Result<bool> {
    sqlx::query(
        "INSERT INTO token (id, name, scope, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
    )
    .bind(token.id.to_string())
    .bind(&token.name)
    .bind(token.scope.as_str())
    .bind(hash.as_slice())
    .bind(micros(token.created_at))
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(|done| super::ledger_mode::exactly_one(&done))
}

#[async_trait]
impl AccessStore for SqliteStore {
    async fn create_token(&self, token: Token, secret_hash: [u8; 32]) -> Result<bool> {
        self.writer
            .write(0, move |ledger| {
                let token = token.clone();
                Box::pin(async move { insert_token(ledger, &token, secret_hash).await })
            })
            .await
    }

    async fn find_token(&self, secret_hash: [u8; 32]) -> Result<Option<(Token, [u8; 32])>> {
        sqlx::query("SELECT id, name, scope, secret_hash, created_at, revoked_at FROM token WHERE secret_hash = $1")
            .bind(secret_hash.as_slice())
            .fetch_optional(&self.readers)
            .await
            .or_fail()?
            .map(|row| Ok((record::token(&row)?, row.hash("secret_hash")?)))
            .transpose()
    }

    async fn list_tokens(&self) -> Result<Vec<Token>> {
        let rows =
            sqlx::query("SELECT id, name, scope, created_at, revoked_at FROM token ORDER BY created_at DESC, id DESC")
                .fetch_all(&self.readers)
                .await
                .or_fail()?;
        rows.iter().map(record::token).collect()
    }

    async fn revoke_token(&self, name_or_id: String, now: Timestamp) -> Result<bool> {
        self.writer
            .write(0, move |ledger| {
                let name_or_id = name_or_id.clone();
                Box::pin(async move {
                    sqlx::query("UPDATE token SET revoked_at = $2 WHERE (name = $1 OR id = $1) AND revoked_at IS NULL")
                        .bind(name_or_id)
                        .bind(micros(now))
                        .execute(ledger.connection())
                        .await
                        .or_fail()
                        .map(|done| done.rows_affected() > 0)
                })
            })
            .await
    }

    async fn has_user(&self) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account)").fetch_one(&self.readers).await.or_fail()
    }

    async fn create_first(
        &self,
        account: Account,
        password_hash: String,
        token: Token,
        secret_hash: [u8; 32],
    ) -> Result<bool> {
        self.writer
            .write(0, move |ledger| {
                let (account, password_hash, token) = (account.clone(), password_hash.clone(), token.clone());
                Box::pin(async move {
                    let any = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account)");
                    // The token first: when its name is taken, nothing is kept.
                    if any.fetch_one(ledger.connection()).await.or_fail()?
                        || !insert_token(ledger, &token, secret_hash).await?
                    {
                        return Ok(false);
                    }
                    super::person::insert_account(ledger, &account, &password_hash).await
                })
            })
            .await
    }
}
