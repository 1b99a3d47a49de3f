//! Turns a request into a notification ready to store: kind, recipients, message, expiry. Pure
//! except for the id it mints.

use super::classify::{Classified, classify};
use super::request::{EnqueueRequest, Rejection};
use crate::domain::address::{Address, Mailbox};
use crate::domain::id::{Id, NotificationId, TokenId};
use crate::domain::notification::{Class, KindTable};
use crate::domain::zeroed::zeroed_on_drop;
use crate::message::read;
use crate::message::write::{self, Draft};
use crate::policy::rules::UnknownKind;
use crate::store::notification::{Idempotency, NewNotification};
use base64::Engine;
use jiff::Timestamp;
use std::collections::HashSet;
use std::time::Duration;

/// Most recipients of one notification; beyond that the application sends several notifications.
const MAX_RECIPIENTS: usize = 100;
/// Most entries in `to`, `cc` and `bcc` together: one person may be in several of them, or twice in
/// one.
const MAX_LISTED: usize = 1000;
/// Longest reference, because reports show it in one cell.
const MAX_REFERENCE: usize = 1000;

/// The configuration that applies to notifications.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The declared kinds.
    pub kinds: KindTable,
    /// What the mode does to a notification whose kind is not declared.
    pub unknown_kind: UnknownKind,
    /// The envelope sender, and the default author.
    pub from: Mailbox,
    /// The domain of generated Message-IDs, and the loop mark.
    pub hostname: String,
    /// How long a delivery is retried.
    pub retry_for: Duration,
    /// Default recipients of a paging notification that names none.
    pub paging: Vec<Mailbox>,
}

/// A notification ready to store, and its warnings.
#[derive(Debug)]
pub struct Prepared {
    /// The notification to store.
    pub notification: NewNotification,
    /// Warnings for the application.
    pub warnings: Vec<String>,
}

impl Outgoing {
    /// Prepares a request.
    ///
    /// # Errors
    /// When a member is missing or wrong; the rejection names it.
    pub fn prepare(
        &self,
        request: &EnqueueRequest,
        token_id: Option<TokenId>,
        idempotency: Option<Idempotency>,
        now: Timestamp,
    ) -> Result<Prepared, Rejection> {
        let id = Id::mint(now);
        let Classified { kind, title, class, warning } = classify(&self.kinds, self.unknown_kind, &request.kind)?;
        let lists = self.recipients(request, class)?;
        let raw = self.message(request, &lists, id, now)?;
        let subject = match class {
            // The subject of such a mail may reveal more than a report should keep.
            Class::WriteDependent => None,
            Class::Ordinary | Class::Paging | Class::System | Class::Unclassified => {
                request.subject.clone().or_else(|| read::subject(&raw))
            }
        };
        let notification = NewNotification {
            id,
            token_id,
            kind,
            title,
            class,
            reference: reference(request)?,
            subject,
            sender: self.from.address.clone(),
            recipients: lists.every,
            raw: zeroed_on_drop(raw),
            enqueued_at: now,
            expires_at: self.expiry(request, now)?,
            not_after: request.not_after,
            idempotency,
        };
        Ok(Prepared { notification, warnings: warning.into_iter().collect() })
    }

    fn recipients(&self, request: &EnqueueRequest, class: Class) -> Result<Lists, Rejection> {
        let listed = request.to.len() + request.cc.len() + request.bcc.len();
        if listed > MAX_LISTED {
            return Err(too_many(listed));
        }
        let mut to = mailboxes("to", &request.to)?;
        let cc = mailboxes("cc", &request.cc)?;
        let bcc = mailboxes("bcc", &request.bcc)?;
        if to.is_empty() && cc.is_empty() && bcc.is_empty() && class == Class::Paging {
            to.clone_from(&self.paging);
        }
        let mut seen = HashSet::new();
        let once = to.iter().chain(&cc).chain(&bcc).filter(|mailbox| seen.insert(&mailbox.address));
        let every: Vec<Address> = once.map(|mailbox| mailbox.address.clone()).collect();
        match every.len() {
            0 => Err(Rejection::field("to", "names nobody: give at least one recipient")),
            1..=MAX_RECIPIENTS => Ok(Lists { to, cc, every }),
            count => Err(too_many(count)),
        }
    }

    fn message(
        &self,
        request: &EnqueueRequest,
        lists: &Lists,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Vec<u8>, Rejection> {
        let fallback_message_id = format!("<{id}@{}>", self.hostname);
        let refuse = |error: write::DraftError| Rejection::field(error.field, error.text);
        if let Some(raw) = &request.raw {
            only_raw(request)?;
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(raw)
                .map_err(|_| Rejection::field("raw", "is not Base64 (RFC 4648 §4, with padding)"))?;
            return write::adopt(&bytes, now, &fallback_message_id, &self.hostname).map_err(refuse);
        }
        if request.text.is_none() && request.html.is_none() {
            return Err(Rejection::field("text", "is missing: give text, html, or a whole message as raw"));
        }
        let from = request.from.as_deref().map(|text| mailbox("from", text)).transpose()?;
        let reply_to = request.reply_to.as_deref().map(|text| mailbox("reply_to", text)).transpose()?;
        let draft = Draft {
            from: from.unwrap_or_else(|| self.from.clone()),
            to: lists.to.clone(),
            cc: lists.cc.clone(),
            reply_to,
            subject: request.subject.clone().ok_or_else(|| Rejection::field("subject", "is missing"))?,
            text: request.text.clone(),
            html: request.html.clone(),
            headers: request.headers.clone().into_iter().collect(),
            message_id: request.message_id.clone(),
            in_reply_to: request.in_reply_to.clone(),
            references: request.references.clone(),
            date: now,
            loop_mark: self.hostname.clone(),
            fallback_message_id,
        };
        write::compose(&draft).map_err(refuse)
    }

    fn expiry(&self, request: &EnqueueRequest, now: Timestamp) -> Result<Timestamp, Rejection> {
        let tried_until = now.saturating_add(self.retry_for).unwrap_or(Timestamp::MAX);
        match request.not_after {
            Some(not_after) if not_after <= now => {
                Err(Rejection::field("not_after", "is in the past: it would never be sent"))
            }
            Some(not_after) => Ok(not_after.min(tried_until)),
            None => Ok(tried_until),
        }
    }
}

fn too_many(count: usize) -> Rejection {
    Rejection::field("to", format!("{count} recipients, at most {MAX_RECIPIENTS}: enqueue it in parts"))
}

/// The recipients by header, and the envelope recipients without duplicates.
struct Lists {
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    every: Vec<Address>,
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, Rejection> {
    write::parse_mailbox(text).map_err(|error| Rejection::field(field, error))
}

fn mailboxes(field: &str, texts: &[String]) -> Result<Vec<Mailbox>, Rejection> {
    texts.iter().enumerate().map(|(place, text)| mailbox(&format!("{field}[{place}]"), text)).collect()
}

/// Rejects the members that a ready message replaces.
fn only_raw(request: &EnqueueRequest) -> Result<(), Rejection> {
    let given = [
        ("subject", request.subject.is_some()),
        ("text", request.text.is_some()),
        ("html", request.html.is_some()),
        ("from", request.from.is_some()),
        ("reply_to", request.reply_to.is_some()),
        ("headers", !request.headers.is_empty()),
        ("message_id", request.message_id.is_some()),
        ("in_reply_to", request.in_reply_to.is_some()),
        ("references", !request.references.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((field, _)) => Err(Rejection::field(field, "cannot be given beside raw: put it into the message")),
        None => Ok(()),
    }
}

fn reference(request: &EnqueueRequest) -> Result<Option<String>, Rejection> {
    match &request.reference {
        Some(text) if text.chars().count() > MAX_REFERENCE => {
            Err(Rejection::field("reference", format!("has more than {MAX_REFERENCE} characters")))
        }
        other => Ok(other.clone()),
    }
}
