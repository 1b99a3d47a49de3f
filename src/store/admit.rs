//! Admission: judging inside the transaction and writing what was decided. Written once, for every kind of store.
//!
//! The mode read here is the one that counts; whatever a caller saw before was a courtesy. A witness made here leaves the store
//! only after the commit: the store hands a script's result to its caller no sooner.

use super::dedup::REMEMBERED;
use super::error::Result;
use super::ledger::{MailLedger, NotificationLedger, RecipientRow};
use super::mail::{Admission, Offer, RecipientVerdict, WhyNotAll};
use super::notification::{Accepted, AcceptedDelivery, Enqueued, NewNotification};
use super::receipt::{EnqueueReceipt, Receipt, RefusalReceipt};
use crate::domain::address::comparable;
use crate::domain::id::Id;
use crate::domain::mail::{DiscardReason, Envelope, MailState, Recipient, Verdict};
use crate::domain::mode::ModeView;
use crate::domain::notification::DeliveryState;
use crate::policy::inbound::{MailVerdict, WhyNot, judge_recipient};
use crate::policy::outbound::{SendVerdict, judge_delivery, keeps_body_when_suppressed};
use crate::policy::retry::Lifetime;
use crate::policy::rules::{Reason, Rules, UnknownKind};
use sha2::{Digest, Sha256};

/// Judges recipients and records those that are turned away.
pub async fn judge<L: MailLedger>(
    ledger: &mut L,
    envelope: &Envelope,
    recipients: &[Recipient],
    rules: &Rules,
) -> Result<Vec<RecipientVerdict>> {
    let mode = ledger.mode().await?;
    let version = mode.version;
    let view = ModeView::Known(mode);
    let mut verdicts = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let verdict = judge_recipient(recipient.intent, &view, rules);
        verdicts.push(match turned(&verdict) {
            None => RecipientVerdict::Welcome,
            Some(why) => {
                ledger.add_turned(row(envelope, recipient, &verdict, version, rules)).await?;
                RecipientVerdict::Turned(why, RefusalReceipt::new())
            }
        });
    }
    Ok(verdicts)
}

/// Judges a whole mail and keeps it, or records that it was turned away.
pub async fn offer<L: MailLedger>(ledger: &mut L, offer: &Offer, rules: &Rules) -> Result<Admission> {
    let mode = ledger.mode().await?;
    let version = mode.version;
    let view = ModeView::Known(mode);
    let judged: Vec<_> = offer.recipients.iter().map(|r| (r, judge_recipient(r.intent, &view, rules))).collect();
    if judged.iter().all(|(_, verdict)| verdict.takes()) {
        return keep(ledger, offer, &judged, version, rules).await;
    }
    let Some(why) = judged.first().and_then(|(_, first)| turned(first)) else { return Ok(Admission::Mixed) };
    if judged.iter().any(|(_, verdict)| turned(verdict).is_none_or(|other| other.permanent != why.permanent)) {
        return Ok(Admission::Mixed);
    }
    for (recipient, verdict) in &judged {
        ledger.add_turned(with_message(row(&offer.envelope, recipient, verdict, version, rules), offer)).await?;
    }
    Ok(Admission::Turned(why, RefusalReceipt::new()))
}

async fn keep<L: MailLedger>(
    ledger: &mut L,
    offer: &Offer,
    judged: &[(&Recipient, MailVerdict)],
    version: i64,
    rules: &Rules,
) -> Result<Admission> {
    let mut first_id = None;
    let mut verdicts = Vec::with_capacity(judged.len());
    let mut needs_body = false;
    for (recipient, verdict) in judged {
        let mut row = with_message(row(&offer.envelope, recipient, verdict, version, rules), offer);
        row.address = Some(recipient.address.clone());
        row.key = Some(recipient.key.clone());
        row.content_hash = Some(content_hash(offer, recipient));
        if verdict.word() == Verdict::Discard {
            row.reason = offer.automatic.map(DiscardReason::as_str);
        }
        match ledger.add_taken(row).await? {
            Some(duplicate) => {
                first_id.get_or_insert(duplicate.mail_id);
                verdicts.push(duplicate.verdict);
            }
            None => {
                needs_body |= verdict.word() != Verdict::Discard;
                first_id = Some(offer.envelope.mail_id);
                verdicts.push(verdict.word());
            }
        }
    }
    if needs_body {
        ledger.add_mail(offer.envelope.mail_id, &offer.raw).await?;
    }
    let word =
        [Verdict::Accept, Verdict::Hold].into_iter().find(|word| verdicts.contains(word)).unwrap_or(Verdict::Discard);
    Ok(Admission::Taken(Receipt::new(first_id.unwrap_or(offer.envelope.mail_id), word)))
}

/// Why a verdict turns its recipient away, or `None` when it takes it.
fn turned(verdict: &MailVerdict) -> Option<WhyNotAll> {
    match verdict {
        MailVerdict::Accept | MailVerdict::Hold | MailVerdict::Discard => None,
        MailVerdict::Refuse(why) => Some(WhyNotAll { permanent: true, why: why.clone() }),
        MailVerdict::Defer(why) => Some(WhyNotAll { permanent: false, why: why.clone() }),
    }
}

fn row(envelope: &Envelope, recipient: &Recipient, verdict: &MailVerdict, version: i64, rules: &Rules) -> RecipientRow {
    let (state, reply) = match verdict {
        MailVerdict::Accept => (MailState::Waiting, "250 2.0.0"),
        MailVerdict::Hold => (MailState::Held, "250 2.0.0"),
        MailVerdict::Discard => (MailState::Discarded, "250 2.0.0"),
        MailVerdict::Defer(_) => (MailState::Deferred, "451 4.3.2"),
        MailVerdict::Refuse(_) if rules.soft_bounce => (MailState::Refused, "450 4.3.2"),
        MailVerdict::Refuse(_) => (MailState::Refused, "550 5.3.2"),
    };
    let reason = turned(verdict).map(|turned| match turned.why {
        WhyNot::Maintenance(_) => "maintenance",
        WhyNot::ModeUnknown => "mode_unknown",
        WhyNot::NoSuchAddress => "no_such_address",
    });
    RecipientRow {
        id: Id::mint(envelope.received_at),
        mail_id: envelope.mail_id,
        received_at: envelope.received_at,
        client: envelope.client.to_string(),
        helo: envelope.helo.clone(),
        sender: envelope.sender.clone(),
        address: None,
        key: None,
        mask: recipient.mask.clone(),
        address_hash: address_hash(&recipient.address),
        intent: recipient.intent,
        verdict: verdict.word(),
        state,
        reply,
        reason,
        mode_version: version,
        size_bytes: None,
        message_id: None,
        content_hash: None,
    }
}

fn with_message(row: RecipientRow, offer: &Offer) -> RecipientRow {
    let size_bytes = i64::try_from(offer.raw.len()).ok();
    RecipientRow { size_bytes, message_id: offer.message_id.clone(), ..row }
}

/// SHA-256 of an address as filters and rows compare it: the same for every spelling of one mailbox.
#[must_use]
pub fn address_hash(address: &str) -> [u8; 32] {
    Sha256::digest(comparable(address).as_bytes()).into()
}

/// SHA-256 over door, sender, one recipient and the raw bytes (by their own digest): the identity of a mail.
pub(super) fn content_hash(offer: &Offer, recipient: &Recipient) -> [u8; 32] {
    let mut hash = Sha256::new();
    let sender = offer.envelope.sender.as_deref().map(comparable).unwrap_or_default();
    for part in ["smtp", &sender, &comparable(&recipient.address)] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(offer.digest);
    hash.finalize().into()
}

/// The lifetime that the deliveries of a notification begin with: what waits for the end of the mode does not age.
#[must_use]
pub fn lifetime(new: &NewNotification, accepted: &Accepted) -> Lifetime {
    let running = Lifetime::running(new.expires_at);
    let waits = accepted.state == DeliveryState::Queued && accepted.reason.is_some();
    if waits { running.stopped(new.not_after, new.enqueued_at) } else { running }
}

/// Judges a notification and keeps it.
pub async fn enqueue<L: NotificationLedger>(
    ledger: &mut L,
    new: &NewNotification,
    unknown: UnknownKind,
) -> Result<Enqueued> {
    if let Some(idempotency) = &new.idempotency {
        let since = new.enqueued_at.saturating_sub(REMEMBERED).unwrap_or(jiff::Timestamp::MIN);
        if let Some((fingerprint, answer)) = ledger.find_answer(new.token_id, &idempotency.key, since).await? {
            let same = fingerprint == idempotency.fingerprint;
            return Ok(if same { Enqueued::Replayed(EnqueueReceipt::new(answer)) } else { Enqueued::KeyReused });
        }
    }
    let mode = ledger.mode().await?;
    let mode_version = mode.version;
    let verdict = judge_delivery(new.class, &ModeView::Known(mode), unknown);
    let maintenance = || Some(Reason::WORD.to_owned());
    let (state, reason) = match verdict {
        SendVerdict::Send | SendVerdict::Wait(None) => (DeliveryState::Queued, None),
        SendVerdict::Wait(Some(_)) => (DeliveryState::Queued, maintenance()),
        SendVerdict::Suppress(_) => (DeliveryState::Suppressed, maintenance()),
    };
    let delivery = |recipient: &crate::domain::address::Address| AcceptedDelivery {
        id: Id::mint(new.enqueued_at),
        recipient: recipient.to_string(),
        state,
    };
    let deliveries = new.recipients.iter().map(delivery).collect();
    let accepted = Accepted { id: new.id, state, reason, mode_version, deliveries };
    let kept = state == DeliveryState::Queued || keeps_body_when_suppressed(new.class);
    ledger.add_notification(new, &accepted, kept.then_some(&new.raw)).await?;
    if let Some(idempotency) = &new.idempotency {
        ledger.add_answer(new.token_id, idempotency, &accepted, new.enqueued_at).await?;
    }
    Ok(Enqueued::New(EnqueueReceipt::new(accepted)))
}
