//! Writing and asking for a whole group of scripts at once, rows as JSON: SQL.

use super::Failing;
use super::ledger::{Foresight, Ledger};
use super::row::{Columns, micros};
use crate::domain::id::{Id, ItemId, Kind, MailId, kind};
use crate::domain::mail::MailState;
use crate::domain::notification::DeliveryState;
use crate::store::claim::Held;
use crate::store::error::{Result, StoreError};
use crate::store::ledger::{AttemptRow, Ending, RecipientRow};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;

/// Messages up to this size are written by one statement, bigger ones each by its own: beyond, copying costs more.
const SMALL: usize = 64 * 1024;

/// Ids by what is the same for all of them, so that one statement serves many.
type Alike<E, K> = Vec<(E, Vec<Id<K>>)>;

/// Written before the commit.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Recipients, taken and turned.
    pub(super) recipients: Vec<RecipientRow>,
    pub(super) messages: Vec<(MailId, Bytes)>,
    pub(super) ended_hand_overs: Alike<Ending<MailState>, kind::Recipient>,
    /// With whether the relay may have it.
    pub(super) ended_deliveries: Alike<(Ending<DeliveryState>, bool), kind::Delivery>,
    pub(super) attempts: Vec<AttemptRow>,
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

const END_HAND_OVERS: &str =
    "UPDATE recipient SET state = $2, reason = coalesce($3, reason), next_at = $4, ended_at = $5, lease = NULL, lease_until = NULL
      WHERE id IN (SELECT value FROM json_each($1))";

const END_DELIVERIES: &str =
    "UPDATE delivery SET state = $2, reason = CASE WHEN $2 = 'delivered' THEN NULL ELSE coalesce($3, reason) END, next_at = $4,
            ended_at = $5, maybe_sent = max(maybe_sent, $6), dot_at = NULL, lease = NULL, lease_until = NULL
      WHERE id IN (SELECT value FROM json_each($1))";

const ADD_ATTEMPTS: &str = "INSERT INTO attempt (item_id, number, started_at, ended_at, outcome, reply)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each($1) WHERE true
     ON CONFLICT (item_id, number) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, reply = excluded.reply";

impl Ledger {
    /// Asks what the scripts of a group are going to ask, all at once.
    pub(super) async fn foresee(&mut self, group: &[&Foresight]) -> Result<()> {
        let contents: Vec<_> = group.iter().flat_map(|one| &one.contents).collect();
        // One alone is found out by writing it.
        if contents.len() > 1 {
            self.foreseen.new_contents = contents.iter().map(|hash| **hash).collect();
            let rows = sqlx::query(
                "SELECT content_hash FROM recipient WHERE content_hash IN (SELECT unhex(value) FROM json_each($1))",
            )
            .bind(text(&contents.iter().map(|hash| hex(hash)).collect::<Vec<_>>())?)
            .fetch_all(self.connection())
            .await
            .or_fail()?;
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
        let rows = sqlx::query(query).bind(text(&ids)?).fetch_all(self.connection()).await.or_fail()?;
        rows.iter().map(|row| Ok(Held { id: row.id("id")?, lease: row.id("lease")? })).collect()
    }

    /// Writes what was gathered.
    pub(super) async fn write_gathered(&mut self) -> Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        if !gathered.recipients.is_empty() {
            let rows: Vec<_> = gathered.recipients.iter().map(recipient).collect();
            sqlx::query(ADD_RECIPIENTS).bind(text(&rows)?).execute(self.connection()).await.or_fail()?;
        }
        self.write_messages(gathered.messages).await?;
        for (ending, ids) in gathered.ended_hand_overs {
            let done = matches!(ending.state, MailState::HandedOver);
            let update = sqlx::query(END_HAND_OVERS).bind(text(&ids)?).bind(ending.state.as_str());
            let update = update.bind(ending.reason).bind(ending.next_at.map(micros));
            update.bind(done.then(|| micros(ending.at))).execute(self.connection()).await.or_fail()?;
        }
        for ((ending, maybe_sent), ids) in gathered.ended_deliveries {
            let done = matches!(ending.state, DeliveryState::Delivered | DeliveryState::Failed);
            let update = sqlx::query(END_DELIVERIES).bind(text(&ids)?).bind(ending.state.as_str());
            let update = update.bind(ending.reason).bind(ending.next_at.map(micros));
            let update = update.bind(done.then(|| micros(ending.at))).bind(i64::from(maybe_sent));
            update.execute(self.connection()).await.or_fail()?;
        }
        if !gathered.attempts.is_empty() {
            let rows: Vec<_> = gathered.attempts.iter().map(attempt).collect();
            sqlx::query(ADD_ATTEMPTS).bind(text(&rows)?).execute(self.connection()).await.or_fail()?;
        }
        Ok(())
    }

    async fn write_messages(&mut self, messages: Vec<(MailId, Bytes)>) -> Result<()> {
        let (small, big): (Vec<_>, Vec<_>) = messages.into_iter().partition(|(_, raw)| raw.len() <= SMALL);
        for (id, raw) in big {
            let insert = sqlx::query("INSERT INTO mail (id, raw) VALUES ($1, $2)").bind(id.to_string());
            insert.bind(raw.as_ref()).execute(self.connection()).await.or_fail()?;
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
        sqlx::query(ADD_MESSAGES).bind(text(&places)?).bind(all).execute(self.connection()).await.or_fail().map(drop)
    }
}

/// Adds an id to those that end alike.
pub(super) fn gather_ending<E: PartialEq, K>(endings: &mut Alike<E, K>, ending: E, id: Id<K>) {
    match endings.iter_mut().find(|(known, _)| *known == ending) {
        Some((_, ids)) => ids.push(id),
        None => endings.push((ending, vec![id])),
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
        row.reply,
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
    let at = |time: Timestamp| micros(time);
    (row.item_id, row.number, at(row.started_at), at(row.ended_at), row.outcome.as_str(), &row.reply)
}

fn text<T: Serialize>(rows: &T) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn hex(hash: &[u8; 32]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
