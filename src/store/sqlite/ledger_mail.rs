//! Mail coming in, inside a transaction: SQL.

use super::Failing;
use super::gather::gather_ending;
use super::ledger::Ledger;
use super::ledger_mode::{add_lapsed_attempt, exactly_one};
use super::row::{Columns, json_words, micros};
use crate::domain::id::{MailId, kind};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::store::claim::{Claim, Held};
use crate::store::dedup::REMEMBERED;
use crate::store::error::Result;
use crate::store::ledger::{BATCH_BYTES, Batch, Duplicate, Ending, MailLedger, RecipientRow};
use crate::store::mail::HandOver;
use crate::store::record;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

const ADD_TAKEN: &str =
    "INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict,
        state, reply, mode_version, size_bytes, message_id, content_hash, next_at, ended_at, helo,
        reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
     ON CONFLICT (content_hash) WHERE content_hash IS NOT NULL DO NOTHING";

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
        let found = sqlx::query("SELECT mail_id, verdict, received_at FROM recipient WHERE content_hash = $1")
            .bind(hash.as_slice())
            .fetch_one(self.connection())
            .await
            .or_fail()?;
        if found.time("received_at")? >= since {
            let duplicate =
                Duplicate { mail_id: found.id("mail_id")?, verdict: found.word("verdict", Verdict::parse)? };
            return Ok(Some(duplicate));
        }
        sqlx::query("UPDATE recipient SET content_hash = NULL WHERE content_hash = $1")
            .bind(hash.as_slice())
            .execute(self.connection())
            .await
            .or_fail()?;
        insert_taken(self, &row).await.map(|_| None)
    }

    async fn add_mail(&mut self, id: MailId, raw: &Bytes) -> Result<()> {
        self.gathered.messages.push((id, raw.clone()));
        Ok(())
    }

    async fn requeue_lapsed_hand_overs(&mut self, now: Timestamp) -> Result<()> {
        let rows = sqlx::query(
            "UPDATE recipient SET state = 'waiting', next_at = received_at, lease = NULL, lease_until = NULL
              WHERE state = 'handing_over' AND lease_until < $1 RETURNING id, attempts, started_at",
        )
        .bind(micros(now))
        .fetch_all(self.connection())
        .await
        .or_fail()?;
        for row in &rows {
            add_lapsed_attempt(self, row, now).await?;
        }
        Ok(())
    }

    async fn lease_hand_overs(&mut self, batch: Batch, intents: &[Intent]) -> Result<Vec<HandOver>> {
        let leased = sqlx::query(
            "UPDATE recipient SET state = 'handing_over', next_at = NULL, lease = $1, lease_until = $2, started_at = $3,
                    attempts = attempts + 1
              WHERE id IN (SELECT id FROM (
                    SELECT id, sum(size_bytes) OVER (ORDER BY next_at, id) - size_bytes AS before
                      FROM (SELECT id, next_at, size_bytes FROM recipient
                             WHERE state = 'waiting' AND next_at <= $3 AND intent IN (SELECT value FROM json_each($4))
                             ORDER BY next_at, id LIMIT $5))
                    WHERE before < $6)",
        )
        .bind(batch.lease.to_string())
        .bind(micros(batch.until))
        .bind(micros(batch.now))
        .bind(json_words(intents, Intent::as_str))
        .bind(batch.limit)
        .bind(BATCH_BYTES)
        .execute(self.connection())
        .await
        .or_fail()?;
        if leased.rows_affected() == 0 {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT r.id, r.mail_id, r.address, r.client, r.helo, r.sender, r.intent, r.address_key, r.received_at, r.mode_version, r.attempts, m.raw
               FROM recipient r JOIN mail m ON m.id = r.mail_id
              WHERE r.state = 'handing_over' AND r.lease_until = $2 AND r.lease = $1 ORDER BY r.received_at, r.id",
        )
        .bind(batch.lease.to_string())
        .bind(micros(batch.until))
        .fetch_all(self.connection())
        .await
        .or_fail()?;
        rows.iter().map(record::hand_over).collect()
    }

    async fn holds_hand_over(&mut self, held: Held<kind::Recipient>) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM recipient WHERE id = $1 AND lease = $2 AND state = 'handing_over')",
        )
        .bind(held.id.to_string())
        .bind(held.lease.to_string())
        .fetch_one(self.connection())
        .await
        .or_fail()
    }

    async fn end_hand_over(&mut self, claim: &Claim<HandOver>, ending: &Ending<MailState>) -> Result<bool> {
        if self.foreseen.recipients.remove(&claim.held()) {
            gather_ending(&mut self.gathered.ended_hand_overs, ending.clone(), claim.item.recipient_id);
            return Ok(true);
        }
        end(self, claim.held(), ending, 0).await
    }

    async fn undo_hand_over(&mut self, claim: &Claim<HandOver>, ending: &Ending<MailState>) -> Result<bool> {
        end(self, claim.held(), ending, 1).await
    }
}

async fn insert_taken(ledger: &mut Ledger, row: &RecipientRow) -> Result<bool> {
    let waits = row.state == MailState::Waiting;
    let ended = matches!(row.state, MailState::Discarded);
    sqlx::query(ADD_TAKEN)
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
        .bind(row.reply)
        .bind(row.mode_version)
        .bind(row.size_bytes)
        .bind(&row.message_id)
        .bind(row.content_hash.as_ref().map(<[u8; 32]>::as_slice))
        .bind(waits.then(|| micros(row.received_at)))
        .bind(ended.then(|| micros(row.received_at)))
        .bind(&row.helo)
        .bind(row.reason)
        .execute(ledger.connection())
        .await
        .or_fail()
        .map(|done| exactly_one(&done))
}

async fn end(
    ledger: &mut Ledger,
    held: Held<kind::Recipient>,
    ending: &Ending<MailState>,
    uncounted: i64,
) -> Result<bool> {
    let done = matches!(ending.state, MailState::HandedOver);
    sqlx::query(
        "UPDATE recipient SET state = $3, reason = coalesce($4, reason), next_at = $5, ended_at = $6, attempts = attempts - $7,
                lease = NULL, lease_until = NULL
          WHERE id = $1 AND lease = $2 AND state = 'handing_over'",
    )
    .bind(held.id.to_string())
    .bind(held.lease.to_string())
    .bind(ending.state.as_str())
    .bind(&ending.reason)
    .bind(ending.next_at.map(micros))
    .bind(done.then(|| micros(ending.at)))
    .bind(uncounted)
    .execute(ledger.connection())
    .await
    .or_fail()
    .map(|done| exactly_one(&done))
}
