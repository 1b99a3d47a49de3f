//! Accepting: the decisions that the SMTP edge asks for at RCPT and after the dot.
//!
//! At RCPT a refusal is judged again inside the store while it is recorded, so that a remembered
//! *on* never bounces a mail just after *off*; accepting a recipient there is only provisional.
//! After the dot the store decides finally. On failure it answers with a temporary error.

use super::port::{Door, Offered, RecipientAnswer, Trouble};
use crate::domain::address::mask;
use crate::domain::mail::{DiscardReason, Envelope, Intent, Recipient};
use crate::domain::mode::ModeView;
use crate::flag::watch::Watch;
use crate::message::read::{self, Automatic, Reading};
use crate::policy::inbound::judge_recipient;
use crate::policy::rules::Rules;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::mail::{AnswerFor, Offer, OfferAnswer, RecipientVerdict};
use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Notify;

/// Implements [`Door`] for the gateway.
pub struct Reception {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    rules: Arc<Rules>,
    loop_mark: String,
    handover: Arc<Notify>,
}

impl Reception {
    /// A reception that wakes `handover` when it has accepted mail.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        watch: Arc<Watch>,
        rules: Arc<Rules>,
        loop_mark: String,
        handover: Arc<Notify>,
    ) -> Self {
        Self { store, watch, rules, loop_mark, handover }
    }

    /// The mode for a first look: a remembered *on* is enough to ask the store, anything else is
    /// read again.
    async fn first_look(&self) -> ModeView {
        let seen = self.watch.seen();
        if seen.is_on() { seen } else { self.watch.look().await }
    }

    async fn record(&self, envelope: &Envelope, turned: Vec<Recipient>) -> Vec<RecipientAnswer> {
        let count = turned.len();
        let intents: Vec<Intent> = turned.iter().map(|recipient| recipient.intent).collect();
        match self.store.judge(envelope.clone(), turned, Arc::clone(&self.rules)).await {
            Ok(verdicts) => {
                verdicts.into_iter().zip(intents).map(|(verdict, intent)| answer(verdict, intent)).collect()
            }
            Err(error) => {
                let trouble = trouble(&error);
                (0..count).map(|_| RecipientAnswer::Unavailable(trouble)).collect()
            }
        }
    }
}

#[async_trait]
impl Door for Reception {
    async fn judge(&self, envelope: &Envelope, recipients: Vec<Recipient>) -> Vec<RecipientAnswer> {
        let view = self.first_look().await;
        if view == ModeView::Unknown {
            return recipients.iter().map(|_| RecipientAnswer::Unavailable(Trouble::Unreachable)).collect();
        }
        // MTAs probe addresses with the null sender; mail from it is automatic and is judged after
        // the message.
        let is_probe = envelope.sender.is_none();
        let mut answers = Vec::with_capacity(recipients.len());
        let (mut places, mut turned) = (Vec::new(), Vec::new());
        for (place, recipient) in recipients.into_iter().enumerate() {
            answers.push(RecipientAnswer::Welcome);
            if !is_probe && !judge_recipient(recipient.intent, &view, &self.rules).takes() {
                places.push(place);
                turned.push(recipient);
            }
        }
        if !turned.is_empty() {
            for (place, answer) in places.into_iter().zip(self.record(envelope, turned).await) {
                answers[place] = answer;
            }
        }
        answers
    }

    async fn offer(
        &self,
        envelope: Envelope,
        mut recipients: Vec<Recipient>,
        raw: Bytes,
        answer_for: AnswerFor,
    ) -> Offered {
        let reading = read::read(&raw, &self.loop_mark);
        let automatic = discard_reason(&envelope, &reading);
        if automatic.is_some() {
            for recipient in &mut recipients {
                // Postmaster and unsubscribe addresses take precedence over "a machine wrote this".
                if !matches!(recipient.intent, Intent::Postmaster | Intent::Unsubscribe) {
                    recipient.intent = Intent::Automatic;
                }
            }
        }
        let intents: Vec<Intent> = recipients.iter().map(|recipient| recipient.intent).collect();
        let digest = Sha256::digest(&raw).into();
        let offer = Arc::new(Offer {
            envelope,
            recipients,
            raw,
            digest,
            automatic,
            message_id: reading.message_id,
            answer_for,
        });
        let answers = self.store.offer(Arc::clone(&offer), Arc::clone(&self.rules)).await;
        let answers = answers.map_err(|error| trouble(&error))?;
        for (intent, answer) in intents.into_iter().zip(&answers) {
            match answer {
                OfferAnswer::Taken(receipt) => count(intent, receipt.verdict.as_str()),
                OfferAnswer::Turned(turned, _on_record) => count(intent, turned.word().as_str()),
                OfferAnswer::Divided => {}
            }
        }
        if answers.iter().any(|answer| matches!(answer, OfferAnswer::Taken(_))) {
            log_discard(&offer);
            self.handover.notify_one();
        }
        Ok(answers)
    }
}

/// The sign that a machine wrote the mail, the strongest first: a header is more specific than the
/// null sender.
fn discard_reason(envelope: &Envelope, reading: &Reading) -> Option<DiscardReason> {
    match reading.automatic {
        Some(Automatic::LoopMark) => Some(DiscardReason::Loop),
        Some(Automatic::TooManyHops) => Some(DiscardReason::Hops),
        Some(Automatic::AutoSubmitted | Automatic::XAutoreply) => Some(DiscardReason::AutoSubmitted),
        Some(Automatic::Report) => Some(DiscardReason::Report),
        None if envelope.sender.is_none() => Some(DiscardReason::NullSender),
        None => None,
    }
}

fn log_discard(offer: &Offer) {
    let Some(reason) = offer.automatic else { return };
    let discarded = offer.recipients.iter().filter(|recipient| recipient.intent == Intent::Automatic);
    for recipient in discarded {
        let (mail, to) = (offer.envelope.mail_id, recipient.mask.as_str());
        let sender = mask(offer.envelope.sender.as_deref().unwrap_or_default());
        tracing::info!(
            mail.id = %mail, client = %offer.envelope.client, sender, recipient = to, %reason,
            "Discarded mail {mail} from {sender} to {to}: {reason}"
        );
    }
}

fn answer(verdict: RecipientVerdict, intent: Intent) -> RecipientAnswer {
    match verdict {
        RecipientVerdict::Welcome => RecipientAnswer::Welcome,
        RecipientVerdict::Turned(turned, receipt) => {
            count(intent, turned.word().as_str());
            RecipientAnswer::Turned(turned, receipt)
        }
    }
}

fn count(intent: Intent, verdict: &'static str) {
    metrics::counter!("postern_incoming_total", "intent" => intent.as_str(), "verdict" => verdict).increment(1);
}

fn trouble(error: &StoreError) -> Trouble {
    tracing::error!(%error, "Mail is answered 4xx: {error}");
    match error {
        StoreError::Full(_) => Trouble::Full,
        StoreError::Unreachable(_) | StoreError::Corrupt(_) | StoreError::WentBack { .. } => Trouble::Unreachable,
    }
}

#[cfg(test)]
mod tests;
