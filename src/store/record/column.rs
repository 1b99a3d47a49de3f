//! Between columns and words, for every kind of store: times as microseconds, words by their one
//! spelling, ids as text.

use crate::domain::address::comparable;
use crate::domain::id::{Id, Kind, TokenId};
use crate::domain::mode::Version;
use crate::store::claim::LEASE;
use crate::store::desk::Page;
use crate::store::error::{Result, StoreError};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// A time as stored: microseconds since 1970 UTC.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A length of time as stored: microseconds.
pub fn span_micros(span: SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// A stored time.
pub fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt(format!("the time {micros}")))
}

/// When a lease taken or renewed at `now` ends, as stored.
pub fn lease_end(now: Timestamp) -> i64 {
    micros(now.saturating_add(LEASE).unwrap_or(Timestamp::MAX))
}

/// A token's id, as bound in a key: the console's is the empty text, since NULL is never equal in a
/// key.
pub fn token_text(token: Option<TokenId>) -> String {
    token.map(|id| id.to_string()).unwrap_or_default()
}

/// Greater than every id: where a list begins.
const LAST_ID: &str = "~";

/// The key a page begins after, as bound: the end of the time range when it begins at the newest.
pub fn key(page: &Page, until: Option<Timestamp>) -> (i64, String) {
    let end = until.map_or(i64::MAX, |until| micros(until).saturating_sub(1));
    match page.after {
        Some((time, id)) if micros(time) <= end => (micros(time), id.to_string()),
        Some(_) | None => (end, LAST_ID.to_owned()),
    }
}

/// A sender or Message-ID as it is compared: without the angle brackets around it.
pub fn bare(text: &str) -> &str {
    text.trim().trim_matches(['<', '>'])
}

/// SHA-256 of an address as filters and rows compare it: the same for every spelling of one
/// mailbox.
#[must_use]
pub fn address_hash(address: &str) -> [u8; 32] {
    Sha256::digest(comparable(address).as_bytes()).into()
}

/// Reads columns of a row by name.
pub trait Columns {
    /// A text.
    fn text(&self, column: &str) -> Result<String>;
    /// A text or NULL.
    fn text_or_null(&self, column: &str) -> Result<Option<String>>;
    /// A whole number.
    fn number(&self, column: &str) -> Result<i64>;
    /// A whole number or NULL.
    fn number_or_null(&self, column: &str) -> Result<Option<i64>>;
    /// Bytes.
    fn bytes(&self, column: &str) -> Result<Vec<u8>>;

    /// An id.
    fn id<K: Kind>(&self, column: &str) -> Result<Id<K>> {
        let text = self.text(column)?;
        Id::parse(&text).ok_or_else(|| StoreError::Corrupt(format!("the id {text} in {column}")))
    }

    /// A version of the mode.
    fn version(&self, column: &str) -> Result<Version> {
        self.number(column).map(Version)
    }

    /// A version of the mode or NULL.
    fn version_or_null(&self, column: &str) -> Result<Option<Version>> {
        Ok(self.number_or_null(column)?.map(Version))
    }

    /// A time.
    fn time(&self, column: &str) -> Result<Timestamp> {
        time(self.number(column)?)
    }

    /// A time or NULL.
    fn time_or_null(&self, column: &str) -> Result<Option<Timestamp>> {
        self.number_or_null(column)?.map(time).transpose()
    }

    /// A word of a closed list.
    fn word<T>(&self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let text = self.text(column)?;
        parse(&text).ok_or_else(|| StoreError::Corrupt(format!("the word {text} in {column}")))
    }

    /// A SHA-256.
    fn hash(&self, column: &str) -> Result<[u8; 32]> {
        let bytes = self.bytes(column)?;
        bytes.try_into().map_err(|_| StoreError::Corrupt(format!("a hash of another length in {column}")))
    }
}
