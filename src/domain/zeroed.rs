//! Bytes that are overwritten with zeros when the last holder drops them: messages with live
//! tokens, and request bodies.
//!
//! Only this buffer is overwritten, not copies made elsewhere: a JSON string parsed from it,
//! SQLite's page cache, a TLS record. The last holder is often an async task, whose thread must
//! stay free for other work, so a large buffer is overwritten on a thread of its own.

use bytes::Bytes;
use std::ops::{Deref, DerefMut};
use zeroize::Zeroizing;

/// Largest buffer overwritten in place; for a larger one, starting a thread is cheaper.
const MAX_ON_THE_SPOT: usize = 256 * 1024;

/// A buffer that is overwritten when it is dropped.
#[derive(Debug, Default)]
pub struct Zeroed(Vec<u8>);

impl Zeroed {
    /// An empty buffer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }
}

impl Deref for Zeroed {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Zeroed {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Zeroed {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Zeroed {
    fn drop(&mut self) {
        let bytes = Zeroizing::new(std::mem::take(&mut self.0));
        if bytes.len() > MAX_ON_THE_SPOT {
            // If no thread can be started, dropping the closure overwrites the buffer here.
            drop(std::thread::Builder::new().name("wipe".to_owned()).spawn(move || drop(bytes)));
        }
    }
}

/// `bytes`, overwritten when the last clone of the returned buffer is dropped.
#[must_use]
pub fn zeroed_on_drop(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(Zeroed(bytes))
}
