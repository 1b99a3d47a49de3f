//! Ids: UUID version 7 (RFC 9562), so that they sort roughly by the time they were minted.

use jiff::Timestamp;
use uuid::{NoContext, Uuid};

/// The id of a mail, a recipient, a notification, a delivery, an attempt, a token or a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// A new id, minted at `now`.
    #[must_use]
    pub fn mint(now: Timestamp) -> Self {
        let micros = u64::try_from(now.as_microsecond()).unwrap_or(0);
        let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)))
    }

    /// The smallest id minted at `time` or later: ids below it are older (to the millisecond).
    #[must_use]
    pub fn floor(time: Timestamp) -> Self {
        let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// When it was minted, to the millisecond.
    #[must_use]
    pub fn minted_at(self) -> Option<Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }

    /// Reads an id as a person or a database row writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// A number that differs from id to id, for spreading retries apart (not a secret).
    #[must_use]
    pub fn spread(self) -> u64 {
        self.0.as_u64_pair().1
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
