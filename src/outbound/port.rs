//! The trait for outgoing mail: the [`Relay`], which takes one message for one recipient at a time.

use crate::domain::failure::Failure;
use crate::store::claim::Claim;
use crate::store::notification::Sending;
use async_trait::async_trait;

/// The outcome of sending one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendAnswer {
    /// The relay accepted it; its reply text.
    Done(String),
    /// The relay refused this delivery, for now or permanently (the failure says which).
    Refused(Failure),
    /// The connection was lost after the message was sent and before the answer: the relay may have
    /// it.
    Unknown(Failure),
    /// The gate refused: the message was not sent, not even in part.
    Revoked,
    /// The relay hung up, or said that it is closing, at this recipient or before its message;
    /// nothing of it was sent. For one delivery that may be the delivery's own fault; for several
    /// in a row it is the relay's.
    Dropped(Failure),
    /// The relay itself is out of order (no connection, no authentication, a broken dialogue before
    /// the recipient); nothing was sent.
    Unreachable(Failure),
}

impl SendAnswer {
    /// Whether the relay answered the delivery itself: if so, the relay works, whatever its answer.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        match self {
            Self::Done(_) | Self::Refused(_) => true,
            Self::Unknown(_) | Self::Revoked | Self::Dropped(_) | Self::Unreachable(_) => false,
        }
    }
}

/// The check right before the message itself is written.
#[async_trait]
pub trait DotGate: Send + Sync {
    /// Whether the message may still be sent: false when the claim was revoked or its lease ran
    /// out.
    async fn may_write(&self) -> bool;
}

/// One kept connection to the relay, used by one worker for one delivery after another.
#[async_trait]
pub trait Line: Send {
    /// Sends one delivery in its own transaction, asking `gate` right before the message is
    /// written.
    ///
    /// Every step has a timeout. After anything but `Done`, `Refused` or `Revoked` the connection
    /// is unusable.
    async fn send(&mut self, claim: &Claim<Sending>, gate: &dyn DotGate) -> SendAnswer;

    /// Whether this connection may be used for another delivery.
    fn is_usable(&self) -> bool;

    /// Sends QUIT and closes the connection, best effort.
    async fn close(self: Box<Self>);
}

/// The target of notifications: a smarthost or a folder.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Opens a connection, authenticated and ready for the first delivery.
    ///
    /// # Errors
    /// When the relay cannot be reached or refuses the session; then the whole relay pauses.
    async fn open(&self) -> Result<Box<dyn Line>, Failure>;

    /// The relay's name for logs and checks, without secrets (`smtp://mail.example.com:25`).
    fn name(&self) -> String;
}
