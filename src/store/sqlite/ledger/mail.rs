//! Mail coming in, inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::{MailId, kind};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::store::claim::Held;
use crate::store::dedup::REMEMBERED;
use crate::store::error::Result;
use crate::store::mail::HandOver;
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::script::ledger::{LeaseLedger, MailLedger};
use crate::store::script::row::{BATCH_BYTES, Batch, Duplicate, RecipientRow};
use crate::store::sqlite::row::json_words;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

const ADD_TAKEN: &str =
    "INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict,
        state, reply, mode_version, size_bytes, message_id, content_hash, next_at, ended_at, helo,
        reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
     ON CONFLICT (content_hash) WHERE content_hash IS NOT NULL DO NOTHING";

const REQUEUE: &str = "UPDATE recipient SET state = 'waiting', next_at = received_at, lease = NULL, lease_until = NULL
  WHERE state = 'handing_over' AND lease_until < $1 RETURNING id, attempts, started_at";

const LEASE: &str =
    "UPDATE recipient SET state = 'handing_over', next_at = NULL, lease = $1, lease_until = $2, started_at = $3,
        attempts = attempts + 1
  WHERE id IN (SELECT id FROM (
        SELECT id, sum(size_bytes) OVER (ORDER BY next_at, id) - size_bytes AS before
          FROM (SELECT id, next_at, size_bytes FROM recipient
                 WHERE state = 'waiting' AND next_at <= $3 AND intent IN (SELECT value FROM json_each($4))
                 ORDER BY next_at, id LIMIT $5))
        WHERE before < $6)";

const LEASED: &str =
    "SELECT r.id, r.mail_id, r.address, r.client, r.helo, r.sender, r.intent, r.address_key, r.received_at, r.mode_version, r.attempts, m.raw
       FROM recipient r JOIN mail m ON m.id = r.mail_id
      WHERE r.state = 'handing_over' AND r.lease_until = $2 AND r.lease = $1 ORDER BY r.received_at, r.id";

#[async_trait]
impl MailLedger for Ledger {
    async fn add_turned(&mut self, row: RecipientRow) -> Result<()> {
        self.gathered.recipients.push(row);
        Ok(())
    }

    async fn add_taken(&mut self, row: RecipientRow) -> Result<Option<Duplicate>> {
        if row.content_hash.is_some_and(|hash| self.foreseen.new_contents.remove(&hash)) {
            self.gathered.recipients.push(row);
            return Ok(None);
        }
        // Its content may be among what was gathered.
        self.write_gathered().await?;
        if insert_taken(self, &row).await? {
            return Ok(None);
        }
        let Some(hash) = row.content_hash else { return Ok(None) };
        let since = row.received_at.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        let find = sqlx::query("SELECT mail_id, verdict, received_at FROM recipient WHERE content_hash = $1");
        let found = self.one(find.bind(hash.as_slice())).await?;
        if found.time("received_at")? >= since {
            let duplicate =
                Duplicate { mail_id: found.id("mail_id")?, verdict: found.word("verdict", Verdict::parse)? };
            return Ok(Some(duplicate));
        }
        let forget = sqlx::query("UPDATE recipient SET content_hash = NULL WHERE content_hash = $1");
        self.execute(forget.bind(hash.as_slice())).await?;
        insert_taken(self, &row).await.map(|_| None)
    }

    async fn add_mail(&mut self, id: MailId, raw: &Bytes) -> Result<()> {
        self.gathered.messages.push((id, raw.clone()));
        Ok(())
    }

    async fn requeue_lapsed_hand_overs(&mut self, now: Timestamp) -> Result<()> {
        for row in &self.rows(sqlx::query(REQUEUE).bind(micros(now))).await? {
            let attempt = record::lapsed_attempt(row, now)?;
            self.add_attempt(attempt);
        }
        Ok(())
    }

    async fn lease_hand_overs(&mut self, batch: Batch, intents: &[Intent]) -> Result<Vec<HandOver>> {
        let lease = sqlx::query(LEASE)
            .bind(batch.lease.to_string())
            .bind(micros(batch.until))
            .bind(micros(batch.now))
            .bind(json_words(intents, Intent::as_str))
            .bind(batch.limit)
            .bind(BATCH_BYTES);
        if self.execute(lease).await? == 0 {
            return Ok(Vec::new());
        }
        let leased = sqlx::query(LEASED).bind(batch.lease.to_string()).bind(micros(batch.until));
        self.rows(leased).await?.iter().map(record::hand_over).collect()
    }

    async fn holds_hand_over(&mut self, held: Held<kind::Recipient>) -> Result<bool> {
        let find = sqlx::query("SELECT id FROM recipient WHERE id = $1 AND lease = $2 AND state = 'handing_over'");
        Ok(self.row(find.bind(held.id.to_string()).bind(held.lease.to_string())).await?.is_some())
    }
}

async fn insert_taken(ledger: &mut Ledger, row: &RecipientRow) -> Result<bool> {
    let waits = row.state == MailState::Waiting;
    let ended = matches!(row.state, MailState::Discarded);
    let insert = sqlx::query(ADD_TAKEN)
        .bind(row.id.to_string())
        .bind(row.mail_id.to_string())
        .bind(micros(row.received_at))
        .bind(&row.client)
        .bind(&row.sender)
        .bind(&row.address)
        .bind(&row.key)
        .bind(&row.mask)
        .bind(row.address_hash.as_slice())
        .bind(row.intent.as_str())
        .bind(row.verdict.as_str())
        .bind(row.state.as_str())
        .bind(row.reply.to_string())
        .bind(row.mode_version.0)
        .bind(row.size_bytes)
        .bind(&row.message_id)
        .bind(row.content_hash.as_ref().map(<[u8; 32]>::as_slice))
        .bind(waits.then(|| micros(row.received_at)))
        .bind(ended.then(|| micros(row.received_at)))
        .bind(&row.helo)
        .bind(row.reason);
    ledger.changes_one(insert).await
}
