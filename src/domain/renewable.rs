//! A value that is replaced while it is in use, such as a secret whose file was swapped. Clones share it; each use takes the value
//! that is there then.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that can be replaced for all who share it.
#[derive(Debug)]
pub struct Renewable<T>(Arc<RwLock<Arc<T>>>);

impl<T> Clone for Renewable<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Renewable<T> {
    /// Shares `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// The value as it is now.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place; who has taken the old one keeps it to the end of that use.
    pub fn replace(&self, value: Arc<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }
}
