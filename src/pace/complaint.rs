//! Complaining once: a worker that cannot work says so when that begins or its reason changes, and when it is over, not at every turn.

use std::sync::{Mutex, PoisonError};

/// What was complained about last; workers of one kind share it.
#[derive(Debug, Default)]
pub struct Complaint(Mutex<Option<String>>);

impl Complaint {
    /// Says `what` and why, unless just that was said last.
    pub fn about(&self, what: &str, error: &impl std::fmt::Display) {
        let reason = error.to_string();
        if self.is_news(&reason) {
            tracing::warn!(error = reason, "{what}: {reason}");
        }
    }

    /// Says `what` if there was something to complain about.
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
