//! What waits in Postern, as an operator sees it: deliveries and recipients of incoming mail alike.

use super::pause::{Flow, Pause};
use crate::domain::id::ItemId;
use crate::domain::mail::MailState;
use crate::domain::notification::{Class, DeliveryState};
use crate::domain::spelling::spelled;
use crate::policy::rules::Reason;
use jiff::Timestamp;

spelled! {
    /// The two things that wait in Postern.
    pub enum QueueKind {
        /// A delivery of a notification.
        Delivery = "delivery",
        /// A recipient of an incoming mail.
        Recipient = "recipient",
    }
}

/// Which queued things to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Only deliveries or only recipients.
    pub kind: Option<QueueKind>,
    /// Only in this state; without it, all that still wait or failed.
    pub state: Option<String>,
    /// Only this recipient (for incoming mail the full address, compared by hash).
    pub recipient: Option<String>,
    /// Only incoming mail to this address as it is shown, its key masked.
    pub masked_recipient: Option<String>,
    /// Only incoming mail with this reverse path, with or without its angle brackets; `<>` is the
    /// null sender.
    pub sender: Option<String>,
    /// Only incoming mail with this Message-ID, with or without its angle brackets.
    pub message_id: Option<String>,
}

impl QueueFilter {
    /// Does it ask for what only incoming mail has?
    pub(super) fn is_about_mail(&self) -> bool {
        self.sender.is_some() || self.message_id.is_some() || self.masked_recipient.is_some()
    }

    /// Whether things of this type and state can be among those it asks for.
    #[must_use]
    pub fn takes(&self, queue: QueueKind, state: &str) -> bool {
        self.kind.is_none_or(|kind| kind == queue)
            && self.state.as_deref().is_none_or(|asked| asked == state)
            && !(self.is_about_mail() && queue == QueueKind::Delivery)
    }
}

/// The most deliveries of one notification, or recipients of one mail, that are shown together.
pub(super) const MAX_OF_ONE: i64 = 1_000;

/// Something that waits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// The delivery's or recipient's id.
    pub id: ItemId,
    /// Which of the two.
    pub queue: QueueKind,
    /// Its state.
    pub state: String,
    /// The class of a delivery.
    pub class: Option<Class>,
    /// The kind of notification or the intent of the mail.
    pub what: String,
    /// To whom (masked for incoming mail).
    pub recipient: String,
    /// When it came.
    pub queued_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last attempt failed, or why it waits.
    pub reason: Option<String>,
}

impl QueueItem {
    /// Says why it waits: for the end of the mode, when its class is one of `waiting`; or its flow
    /// stands still and no attempt of its own says more.
    #[must_use]
    pub fn explained(mut self, pauses: &[Pause], waiting: &[Class]) -> Self {
        if self.state == DeliveryState::Queued.as_str() && self.class.is_some_and(|class| waiting.contains(&class)) {
            return Self { reason: Some(Reason::WORD.to_owned()), next_attempt_at: None, ..self };
        }
        let flow = match (self.queue, self.state.as_str()) {
            (QueueKind::Delivery, "queued") => Flow::Relay,
            (QueueKind::Recipient, "waiting") => Flow::HandOver,
            _ => return self,
        };
        let standstill = || pauses.iter().find(|pause| pause.flow == flow).map(|pause| pause.reason.clone());
        self.reason = self.reason.or_else(standstill);
        self
    }
}

spelled! {
    /// What an operator does to something queued.
    pub enum Action {
        /// Try again now (waiting and failed things).
        Retry = "retry",
        /// Take it out.
        Cancel = "cancel",
        /// Hand over what is held, although the mode is on.
        Release = "release",
    }
}

const QUEUED: &str = DeliveryState::Queued.as_str();
const REFUSED: &str = DeliveryState::Failed.as_str();
const WAITING: &str = MailState::Waiting.as_str();
const HELD: &str = MailState::Held.as_str();
const UNREADABLE: &str = MailState::Failed.as_str();

impl Action {
    /// The states in which it applies.
    #[must_use]
    pub fn states(self, queue: QueueKind) -> &'static [&'static str] {
        match (self, queue) {
            (Self::Retry | Self::Cancel, QueueKind::Delivery) => &[QUEUED, REFUSED],
            (Self::Retry, QueueKind::Recipient) => &[WAITING, UNREADABLE],
            (Self::Cancel, QueueKind::Recipient) => &[WAITING, HELD, UNREADABLE],
            (Self::Release, QueueKind::Delivery) => &[],
            (Self::Release, QueueKind::Recipient) => &[HELD],
        }
    }
}

/// Queued things of one type in one state: what an action by filter takes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Which of the two.
    pub queue: QueueKind,
    /// Their state.
    pub state: &'static str,
}

/// The most things that one transaction changes: a change of the mode waits for no more of them.
pub const MAX_AT_ONCE: usize = 200;
