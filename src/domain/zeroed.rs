//! Bytes that are overwritten with zeros when the last holder drops them: messages with live
//! tokens, and request bodies.
//!
//! Only this buffer is overwritten, not copies made elsewhere: a JSON string parsed from it,
//! SQLite's page cache, a TLS record.

use bytes::Bytes;
use zeroize::Zeroizing;

/// `bytes`, overwritten when the last clone of the returned buffer is dropped.
#[must_use]
pub fn zeroed_on_drop(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(Zeroizing::new(bytes))
}
