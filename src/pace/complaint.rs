//! Logs a worker's problem once: when it begins, when its reason changes, and when it is over,
//! instead of at every turn.

use std::sync::{Mutex, PoisonError};

/// The last problem logged; workers of one kind share it.
#[derive(Debug, Default)]
pub struct Complaint(Mutex<Option<String>>);

impl Complaint {
    /// Logs `what` with its reason, unless the same was logged last.
    pub fn about(&self, what: &str, error: &impl std::fmt::Display) {
        let reason = error.to_string();
        if self.is_news(&reason) {
            tracing::warn!(error = reason, "{what}: {reason}");
        }
    }

    /// Logs `what` if there was a problem before.
    pub fn is_over(&self, what: &str) {
        let was = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if was.is_some() {
            tracing::info!("{what}");
        }
    }

    fn is_news(&self, reason: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.as_deref() != Some(reason);
        if is_news {
            *said = Some(reason.to_owned());
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_reason_is_news_once_until_it_is_over() {
        let complaint = Complaint::default();
        let news = ["gone", "gone", "full", "full"].map(|reason| complaint.is_news(reason));
        assert_eq!(news, [true, false, true, false]);
        complaint.is_over("It goes on");
        assert!(complaint.is_news("full"));
    }
}
