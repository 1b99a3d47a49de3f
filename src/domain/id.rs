//! Ids: UUID version 7 (RFC 9562), so that they sort roughly by creation time.
//!
//! Each kind of thing has its own type, so that a mail's id cannot stand where a recipient's id is
//! meant:
//!
//! ```compile_fail,E0308
//! use postern::domain::id::{MailId, RecipientId};
//!
//! fn hand_over(recipient: RecipientId) {}
//! hand_over(MailId::mint(jiff::Timestamp::UNIX_EPOCH));
//! ```
//!
//! All kinds are written the same way in JSON, in a column, on a page and in a log.

use jiff::Timestamp;
use std::fmt::{Debug, Display, Formatter, Result as Written};
use std::hash::Hash;
use std::marker::PhantomData;
use uuid::{NoContext, Uuid};

/// The id of a `K`; [`kind`] lists the kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent, bound = "")]
pub struct Id<K>(Uuid, PhantomData<K>);

/// Marks the kind of an id; the marker types have no values.
pub trait Kind: Debug + Copy + Ord + Hash + Send + Sync + 'static {}

/// Declares the kinds, each with the name of its id type.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $kind:ident),+ $(,)?) => {
        /// The kinds of things that have ids.
        pub mod kind {
            $(
                #[doc = concat!("Marks a [`", stringify!($name), "`](super::", stringify!($name), ").")]
                #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub enum $kind {}

                impl super::Kind for $kind {}
            )+
        }

        $($(#[$meta])* pub type $name = Id<kind::$kind>;)+
    };
}

kinds! {
    /// An incoming message.
    MailId = Mail,
    /// One recipient of an incoming message. It is the application's idempotency key.
    RecipientId = Recipient,
    /// An outgoing message.
    NotificationId = Notification,
    /// One recipient of an outgoing message.
    DeliveryId = Delivery,
    /// An item that waits in the queue and is attempted: a delivery or a recipient.
    ItemId = Item,
    /// The token that ends or renews a claim; each claim has a new one.
    Lease = Leased,
    /// An access token, without its secret.
    TokenId = Token,
    /// A person's account.
    AccountId = Account,
    /// A browser session.
    SessionId = Session,
    /// A scheduled maintenance window.
    WindowId = Window,
    /// A process that follows the mode, new at each start.
    NodeId = Node,
    /// An id whose kind is not known yet or does not matter: typed by a person, or a position in a
    /// list.
    AnyId = Any,
}

impl<K: Kind> Id<K> {
    fn of(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// A new id, minted at `now`.
    #[must_use]
    pub fn mint(now: Timestamp) -> Self {
        let micros = u64::try_from(now.as_microsecond()).unwrap_or(0);
        let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
        Self::of(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)))
    }

    /// The smallest id minted at `time` or later: ids below it are older (to the millisecond).
    #[must_use]
    pub fn floor(time: Timestamp) -> Self {
        let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
        Self::of(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// The creation time, to the millisecond.
    #[must_use]
    pub fn minted_at(self) -> Option<Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }

    /// Parses an id as a person or a database row writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self::of)
    }

    /// A number that differs from id to id, for spreading retries (not a secret).
    #[must_use]
    pub fn spread(self) -> u64 {
        self.0.as_u64_pair().1
    }

    /// The same id without its kind.
    #[must_use]
    pub fn any(self) -> AnyId {
        Id::of(self.0)
    }
}

impl AnyId {
    /// The same id as the id of a `K`. Only a look-up in the store can tell whether such a `K`
    /// exists.
    #[must_use]
    pub fn as_if_of<K: Kind>(self) -> Id<K> {
        Id::of(self.0)
    }
}

impl From<DeliveryId> for ItemId {
    fn from(id: DeliveryId) -> Self {
        Self::of(id.0)
    }
}

impl From<RecipientId> for ItemId {
    fn from(id: RecipientId) -> Self {
        Self::of(id.0)
    }
}

impl<K> Debug for Id<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.debug_tuple("Id").field(&self.0).finish()
    }
}

impl<K> Display for Id<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        Display::fmt(&self.0.hyphenated(), f)
    }
}
