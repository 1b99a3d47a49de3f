//! Writing and asking for a whole group of scripts at once, rows as JSON: SQL.

use super::Ledger;
use super::fate::{Fate, id_of};
use crate::domain::id::{Id, ItemId, Kind, MailId};
use crate::domain::mail::MailState;
use crate::store::claim::Held;
use crate::store::error::{Result, StoreError};
use crate::store::record::column::{Columns, micros};
use crate::store::script::OwnRows;
use crate::store::script::row::{AttemptRow, Ending, RecipientRow};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;

/// Messages up to this size are written by one statement, bigger ones each by its own: beyond,
/// copying costs more.
const SMALL: usize = 64 * 1024;

/// Written before the commit.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Recipients, taken and turned.
    pub(super) recipients: Vec<RecipientRow>,
    pub(super) messages: Vec<(MailId, Bytes)>,
    /// Rows by how they go on.
    ended: Vec<(Fate, Vec<String>)>,
    pub(super) attempts: Vec<AttemptRow>,
}

impl Gathered {
    /// Ends a lease that is known to be held.
    pub(super) fn end(&mut self, ending: &Ending) {
        let (fate, id) = (Fate::of(ending), id_of(ending));
        match self.ended.iter_mut().find(|(known, _)| *known == fate) {
            Some((_, ids)) => ids.push(id),
            None => self.ended.push((fate, vec![id])),
        }
    }
}

const ADD_RECIPIENTS: &str =
    "INSERT INTO recipient (id, mail_id, received_at, client, sender, address, address_key, mask, address_hash, intent, verdict,
        state, reply, reason, mode_version, size_bytes, message_id, content_hash, next_at, ended_at, helo)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            unhex(value ->> 8), value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 15,
            value ->> 16, unhex(value ->> 17), value ->> 18, value ->> 19, value ->> 20
       FROM jsonb_each($1)";

/// `substr` of an empty blob is NULL, so an empty message needs the default.
const ADD_MESSAGES: &str = "INSERT INTO mail (id, raw)
     SELECT value ->> 0, coalesce(substr($2, value ->> 1, value ->> 2), zeroblob(0)) FROM jsonb_each($1)";

const ADD_ATTEMPTS: &str = "INSERT INTO attempt (item_id, number, started_at, ended_at, outcome, reply)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each($1) WHERE true
     ON CONFLICT (item_id, number) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, reply = excluded.reply";

impl Ledger {
    /// Asks what the scripts of a group are going to ask, all at once.
    pub(in crate::store::sqlite) async fn foresee(&mut self, group: &[&OwnRows]) -> Result<()> {
        let contents: Vec<_> = group.iter().flat_map(|one| &one.contents).collect();
        // One alone is found out by writing it.
        if contents.len() > 1 {
            self.foreseen.new_contents = contents.iter().map(|hash| **hash).collect();
            let known = sqlx::query(
                "SELECT content_hash FROM recipient WHERE content_hash IN (SELECT unhex(value) FROM json_each($1))",
            );
            let hashes: Vec<_> = contents.iter().map(|hash| hex(hash)).collect();
            let rows = self.rows(known.bind(text(&hashes)?)).await?;
            for row in &rows {
                self.foreseen.new_contents.remove(&row.hash("content_hash")?);
            }
        }
        let recipients: Vec<_> = group.iter().flat_map(|one| &one.recipients).collect();
        if recipients.len() > 1 {
            let held = "SELECT id, lease FROM recipient
                         WHERE id IN (SELECT value FROM json_each($1)) AND +state = 'handing_over'";
            self.foreseen.recipients = self.held(held, &recipients).await?;
        }
        let deliveries: Vec<_> = group.iter().flat_map(|one| &one.deliveries).collect();
        if deliveries.len() > 1 {
            let held = "SELECT id, lease FROM delivery
                         WHERE id IN (SELECT value FROM json_each($1)) AND +state = 'sending'";
            self.foreseen.deliveries = self.held(held, &deliveries).await?;
        }
        Ok(())
    }

    async fn held<K: Kind>(&mut self, query: &'static str, ids: &[&Id<K>]) -> Result<HashSet<Held<K>>> {
        let rows = self.rows(sqlx::query(query).bind(text(&ids)?)).await?;
        rows.iter().map(|row| Ok(Held { id: row.id("id")?, lease: row.id("lease")? })).collect()
    }

    /// Writes what was gathered.
    pub(super) async fn write_gathered(&mut self) -> Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        if !gathered.recipients.is_empty() {
            let rows: Vec<_> = gathered.recipients.iter().map(recipient).collect();
            self.execute(sqlx::query(ADD_RECIPIENTS).bind(text(&rows)?)).await?;
        }
        self.write_messages(gathered.messages).await?;
        for (fate, ids) in gathered.ended {
            self.end_alike(&fate, &ids, None).await?;
        }
        if !gathered.attempts.is_empty() {
            let rows: Vec<_> = gathered.attempts.iter().map(attempt).collect();
            self.execute(sqlx::query(ADD_ATTEMPTS).bind(text(&rows)?)).await?;
        }
        Ok(())
    }

    async fn write_messages(&mut self, messages: Vec<(MailId, Bytes)>) -> Result<()> {
        let (small, big): (Vec<_>, Vec<_>) = messages.into_iter().partition(|(_, raw)| raw.len() <= SMALL);
        for (id, raw) in big {
            let insert = sqlx::query("INSERT INTO mail (id, raw) VALUES ($1, $2)");
            self.execute(insert.bind(id.to_string()).bind(raw.as_ref())).await?;
        }
        if small.is_empty() {
            return Ok(());
        }
        let mut all = Vec::with_capacity(small.iter().map(|(_, raw)| raw.len()).sum());
        let mut places = Vec::with_capacity(small.len());
        for (id, raw) in &small {
            places.push((id, all.len() + 1, raw.len()));
            all.extend_from_slice(raw);
        }
        self.execute(sqlx::query(ADD_MESSAGES).bind(text(&places)?).bind(all)).await.map(drop)
    }
}

fn recipient(row: &RecipientRow) -> serde_json::Value {
    let received_at = micros(row.received_at);
    let is_over = matches!(row.state, MailState::Discarded | MailState::Refused | MailState::Deferred);
    json!([
        row.id,
        row.mail_id,
        received_at,
        row.client,
        row.sender,
        row.address,
        row.key,
        row.mask,
        hex(&row.address_hash),
        row.intent,
        row.verdict,
        row.state,
        row.reply.to_string(),
        row.reason,
        row.mode_version,
        row.size_bytes,
        row.message_id,
        row.content_hash.as_ref().map(hex),
        (row.state == MailState::Waiting).then_some(received_at),
        is_over.then_some(received_at),
        row.helo,
    ])
}

fn attempt(row: &AttemptRow) -> (ItemId, u32, i64, i64, &'static str, &str) {
    (row.item_id, row.number, micros(row.started_at), micros(row.ended_at), row.outcome.as_str(), &row.reply)
}

fn text<T: Serialize>(rows: &T) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn hex(hash: &[u8; 32]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
