//! Mail coming in, inside a transaction: SQL.

use super::Ledger;
use crate::domain::id::{MailId, kind};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::store::claim::Held;
use crate::store::dedup::REMEMBERED;
use crate::store::error::{Result, StoreError};
use crate::store::mail::HandOver;
use crate::store::postgres::row::{clean, clean_or_null, column, words};
use crate::store::record;
use crate::store::record::column::{Columns, micros};
use crate::store::script::ledger::{LeaseLedger, MailLedger};
use crate::store::script::row::{BATCH_BYTES, Batch, Duplicate, RecipientRow};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// Looks for the first of identical mails: others may take its place or take it away meanwhile, but
/// not forever.
const LOOKS: u32 = 5;

const ADD_TAKEN: &str =
    "INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict,
        state, reply, mode_version, size_bytes, message_id, content_hash, next_at, ended_at, helo,
        reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
     ON CONFLICT (content_hash) WHERE content_hash IS NOT NULL DO NOTHING";

const ADD_TURNED: &str =
    "INSERT INTO recipient (id, mail_id, received_at, client, sender, mask, address_hash, intent, verdict, state, reply, reason,
        mode_version, size_bytes, message_id, helo, ended_at)
     SELECT id, mail_id, received_at, client, sender, mask, address_hash, intent, verdict, state, reply, reason,
            mode_version, size_bytes, message_id, helo, received_at
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::text[],
                   $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::text[], $16::text[])
         AS turned (id, mail_id, received_at, client, sender, mask, address_hash, intent, verdict, state, reply, reason,
                    mode_version, size_bytes, message_id, helo)";

const LEASE: &str = "WITH due AS MATERIALIZED (
        SELECT id, next_at, size_bytes FROM recipient
         WHERE state = 'waiting' AND next_at <= $3 AND intent = ANY($4)
         ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED),
      fitting AS (SELECT id, sum(size_bytes) OVER (ORDER BY next_at, id) - size_bytes AS before FROM due)
     UPDATE recipient SET state = 'handing_over', next_at = NULL, lease = $1, lease_until = $2, started_at = $3,
            attempts = attempts + 1
       FROM fitting WHERE recipient.id = fitting.id AND fitting.before < $6";

impl Ledger {
    /// Writes the refusals gathered so far, all in one statement.
    pub(super) async fn write_turned(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.turned);
        if rows.is_empty() {
            return Ok(());
        }
        let insert = sqlx::query(ADD_TURNED)
            .bind(column(&rows, |row| row.id.to_string()))
            .bind(column(&rows, |row| row.mail_id.to_string()))
            .bind(column(&rows, |row| micros(row.received_at)))
            .bind(column(&rows, |row| row.client.as_str()))
            .bind(column(&rows, |row| clean_or_null(row.sender.as_ref())))
            .bind(column(&rows, |row| clean(&row.mask)))
            .bind(column(&rows, |row| row.address_hash.as_slice()))
            .bind(column(&rows, |row| row.intent.as_str()))
            .bind(column(&rows, |row| row.verdict.as_str()))
            .bind(column(&rows, |row| row.state.as_str()))
            .bind(column(&rows, |row| row.reply.to_string()))
            .bind(column(&rows, |row| row.reason))
            .bind(column(&rows, |row| row.mode_version.0))
            .bind(column(&rows, |row| row.size_bytes))
            .bind(column(&rows, |row| clean_or_null(row.message_id.as_ref())))
            .bind(column(&rows, |row| clean(&row.helo)));
        self.execute(insert).await.map(drop)
    }
}

#[async_trait]
impl MailLedger for Ledger {
    async fn add_turned(&mut self, row: RecipientRow) -> Result<()> {
        self.turned.push(row);
        Ok(())
    }

    async fn add_taken(&mut self, row: RecipientRow) -> Result<Option<Duplicate>> {
        for _ in 0..LOOKS {
            // Waits for another transaction that is taking the same content; whether that counted
            // is seen by the next statement.
            if insert_taken(self, &row).await? {
                return Ok(None);
            }
            if let Some(duplicate) = find_duplicate(self, &row).await? {
                return Ok(Some(duplicate));
            }
        }
        Err(StoreError::Unreachable("the same mail is being taken by others".into()))
    }

    async fn add_mail(&mut self, id: MailId, raw: &Bytes) -> Result<()> {
        let insert = sqlx::query("INSERT INTO mail (id, raw) VALUES ($1, $2)");
        self.execute(insert.bind(id.to_string()).bind(raw.as_ref())).await.map(drop)
    }

    async fn requeue_lapsed_hand_overs(&mut self, now: Timestamp) -> Result<()> {
        let update = sqlx::query(
            "WITH lapsed AS MATERIALIZED (
                SELECT id FROM recipient WHERE state = 'handing_over' AND lease_until < $1 FOR UPDATE SKIP LOCKED)
             UPDATE recipient SET state = 'waiting', next_at = received_at, lease = NULL, lease_until = NULL
               FROM lapsed WHERE recipient.id = lapsed.id RETURNING recipient.id, recipient.attempts, recipient.started_at",
        );
        for row in &self.rows(update.bind(micros(now))).await? {
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
            .bind(words(intents, Intent::as_str))
            .bind(batch.limit)
            .bind(BATCH_BYTES);
        if self.execute(lease).await? == 0 {
            return Ok(Vec::new());
        }
        let leased = sqlx::query(
            "SELECT r.id, r.mail_id, r.address, r.client, r.helo, r.sender, r.intent, r.address_key, r.received_at, r.mode_version, r.attempts, m.raw
               FROM recipient r JOIN mail m ON m.id = r.mail_id
              WHERE r.state = 'handing_over' AND r.lease_until = $2 AND r.lease = $1 ORDER BY r.received_at, r.id",
        );
        let rows = self.rows(leased.bind(batch.lease.to_string()).bind(micros(batch.until))).await?;
        rows.iter().map(record::hand_over).collect()
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
        .bind(clean_or_null(row.sender.as_ref()))
        .bind(clean_or_null(row.address.as_ref()))
        .bind(clean_or_null(row.key.as_ref()))
        .bind(clean(&row.mask))
        .bind(row.address_hash.as_slice())
        .bind(row.intent.as_str())
        .bind(row.verdict.as_str())
        .bind(row.state.as_str())
        .bind(row.reply.to_string())
        .bind(row.mode_version.0)
        .bind(row.size_bytes)
        .bind(clean_or_null(row.message_id.as_ref()))
        .bind(row.content_hash.as_ref().map(<[u8; 32]>::as_slice))
        .bind(waits.then(|| micros(row.received_at)))
        .bind(ended.then(|| micros(row.received_at)))
        .bind(clean(&row.helo))
        .bind(row.reason);
    ledger.changes_one(insert).await
}

/// The first of identical mails; one that is too old gives up its place, and `None` says to try
/// again.
async fn find_duplicate(ledger: &mut Ledger, row: &RecipientRow) -> Result<Option<Duplicate>> {
    let Some(hash) = &row.content_hash else { return Ok(None) };
    let since = row.received_at.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    let find = sqlx::query("SELECT mail_id, verdict, received_at FROM recipient WHERE content_hash = $1");
    let Some(found) = ledger.row(find.bind(hash.as_slice())).await? else { return Ok(None) };
    if found.time("received_at")? >= since {
        let duplicate = Duplicate { mail_id: found.id("mail_id")?, verdict: found.word("verdict", Verdict::parse)? };
        return Ok(Some(duplicate));
    }
    let forget = sqlx::query("UPDATE recipient SET content_hash = NULL WHERE content_hash = $1 AND received_at < $2");
    ledger.execute(forget.bind(hash.as_slice()).bind(micros(since))).await?;
    Ok(None)
}
