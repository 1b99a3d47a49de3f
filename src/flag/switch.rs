//! Changes the mode, for pages, the API and the console alike.

use super::watch::Watch;
use crate::clock::Clock;
use crate::domain::mode::{Change, MESSAGE_CHARS, Version};
use crate::domain::steering::steers;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::mode::{Author, Changed};
use std::sync::Arc;

/// Changes the mode and updates this process's watch at once.
#[derive(Clone)]
pub struct Switch {
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The message is too long.
    #[error("the message has {0} characters, at most {MESSAGE_CHARS} are shown: shorten it")]
    MessageTooLong(usize),
    /// A control character would break the banner and replies; a steering character would change
    /// how the text around it reads.
    #[error("the message holds {}: leave it out, and keep the message on one line", named(*.0))]
    MessageNotPlain(char),
    /// The planned end is in the past.
    #[error("the planned end is in the past: name a time to come, or leave it out")]
    UntilPast,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Switch {
    /// A switch that changes `store` and updates `watch`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, watch: Arc<Watch>, clock: Arc<dyn Clock>) -> Self {
        Self { store, watch, clock }
    }

    /// Changes the mode; with `expected`, only when that is still its version. When it returns, the
    /// change is in force.
    ///
    /// # Errors
    /// When the message or end is invalid, or the store fails.
    pub async fn set(&self, change: Change, expected: Option<Version>, author: Author) -> Result<Changed, SwitchError> {
        let now = self.clock.now();
        let change = self.check(change)?;
        let changed = self.store.change_mode(change, expected, author.clone(), now).await?;
        if let Changed::Done { mode, suppressed, released, ended_windows } = &changed {
            self.watch.publish(mode.clone());
            tracing::info!(
                mode.state = %mode.state, mode.version = mode.version.0, by = author.name, how = %author.how, suppressed, released,
                ended_windows = ended_windows.len(), "Maintenance mode is {} (version {})", mode.state, mode.version
            );
        }
        Ok(changed)
    }

    /// The normalised change.
    ///
    /// # Errors
    /// When its message or end is invalid.
    pub fn check(&self, change: Change) -> Result<Change, SwitchError> {
        let change = Change { message: change.message.map(plain).transpose()?, ..change };
        if matches!(change.until, Some(Some(until)) if until <= self.clock.now()) {
            return Err(SwitchError::UntilPast);
        }
        Ok(change)
    }
}

/// A visible name for a character that a reader cannot see.
fn named(c: char) -> String {
    let what = if c.is_control() { "control character" } else { "character that changes the order or lines of text" };
    format!("the {what} U+{:04X}", u32::from(c))
}

/// The message in its form for banner and refusals; an empty message becomes `None`.
pub(super) fn plain(message: Option<String>) -> Result<Option<String>, SwitchError> {
    let Some(message) = message.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let length = message.chars().count();
    if length > MESSAGE_CHARS {
        return Err(SwitchError::MessageTooLong(length));
    }
    if let Some(wrong) = message.chars().find(|c| c.is_control() || steers(*c)) {
        return Err(SwitchError::MessageNotPlain(wrong));
    }
    Ok(Some(message))
}
