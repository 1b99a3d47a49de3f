//! The far side of mail going out, as a trait: the [`Relay`] that takes one message for one recipient at a time.

use crate::domain::failure::Failure;
use crate::store::claim::Claim;
use crate::store::notification::Sending;
use async_trait::async_trait;

/// What came of sending one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendAnswer {
    /// The relay has it; its words.
    Done(String),
    /// The relay does not want this delivery now or ever (the failure says which).
    Refused(Failure),
    /// The connection was lost after the message and before the answer: the relay may have it.
    Unknown(Failure),
    /// It was not allowed to write the message any more; nothing of it left.
    Revoked,
    /// The relay hung up, or said that it is closing, at this recipient or before its message: nothing of it left. With one
    /// delivery that may be its own fault, with several in a row it is the relay's.
    Dropped(Failure),
    /// The relay itself is out of order (no connection, no sign-in, a broken dialogue before the recipient); nothing left.
    Unreachable(Failure),
}

impl SendAnswer {
    /// Whether the relay answered the delivery itself: then it takes part in the dialogue, whatever it said.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        match self {
            Self::Done(_) | Self::Refused(_) => true,
            Self::Unknown(_) | Self::Revoked | Self::Dropped(_) | Self::Unreachable(_) => false,
        }
    }
}

/// Asked right before the message itself is written: may it still go?
#[async_trait]
pub trait DotGate: Send + Sync {
    /// False when the claim was revoked or its lease ran out.
    async fn may_write(&self) -> bool;
}

/// One kept connection to the relay, used by one worker for one delivery after the other.
#[async_trait]
pub trait Line: Send {
    /// Sends one delivery in a transaction of its own, asking `gate` right before the message is written.
    ///
    /// Every step ends by a timeout. After anything but `Done`, `Refused` or `Revoked` the line is broken.
    async fn send(&mut self, claim: &Claim<Sending>, gate: &dyn DotGate) -> SendAnswer;

    /// May this line be used for another delivery?
    fn is_usable(&self) -> bool;

    /// Says goodbye, best effort.
    async fn close(self: Box<Self>);
}

/// Where notifications leave: a smarthost or a folder.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Opens a line, signed in and ready for the first delivery.
    ///
    /// # Errors
    /// When the relay cannot be reached or does not want to talk to us; then the whole relay pauses.
    async fn open(&self) -> Result<Box<dyn Line>, Failure>;

    /// Which relay this is, for logs and checks, without secrets (`smtp://mail.example.com:25`).
    fn name(&self) -> String;
}
