//! Sums up the results of many requests in sentences: a table has no room for the reason of a
//! rejection.

use crate::domain::notification::DeliveryState;
use crate::domain::wording::number;
use crate::outbound::request::{EnqueueAnswer, Rejection};
use std::collections::BTreeSet;

/// Most sentences printed one by one; JSON and CSV rows have all of them.
const MAX_SENTENCES: i64 = 100;

/// The number of requests per result, and the warnings printed so far.
#[derive(Debug, Default)]
pub struct Tally {
    queued: i64,
    suppressed: i64,
    rejected: i64,
    warned: BTreeSet<String>,
}

impl Tally {
    /// Counts an answer; returns the sentences that a person needs about the request at `source`.
    pub fn count(&mut self, answer: &Result<EnqueueAnswer, Rejection>, source: &str) -> Vec<String> {
        match answer {
            Ok(answer) => {
                match answer.state {
                    DeliveryState::Suppressed => self.suppressed += 1,
                    _ => self.queued += 1,
                }
                let news = answer.warnings.iter().filter(|warning| self.warned.insert((*warning).clone()));
                news.map(|warning| format!("{source}: {warning}")).collect()
            }
            Err(rejection) => {
                self.rejected += 1;
                match self.rejected {
                    ..=MAX_SENTENCES => vec![format!("{source}: {}", rejection.text())],
                    _ => Vec::new(),
                }
            }
        }
    }

    /// The number of requests not enqueued.
    pub fn rejected(&self) -> i64 {
        self.rejected
    }

    /// All results in words: `9,000 queued, 1,000 suppressed, 2 rejected.`
    pub fn words(&self) -> String {
        let counts = [(self.queued, "queued"), (self.suppressed, "suppressed"), (self.rejected, "rejected")];
        let said: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", number(count)))
            .collect();
        if said.is_empty() { "The files hold no notification.".to_owned() } else { format!("{}.", said.join(", ")) }
    }

    /// A sentence about what was not printed, if anything.
    pub fn unsaid(&self) -> Option<String> {
        let count = self.rejected - MAX_SENTENCES;
        (count > 0).then(|| format!("… and {} more: `--format json` names them all.", number(count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection() -> Result<EnqueueAnswer, Rejection> {
        Err(Rejection::KeyReused)
    }

    #[test]
    fn the_first_hundred_are_said_and_the_others_counted() {
        let mut tally = Tally::default();
        let said: usize = (0..1_234).map(|line| tally.count(&rejection(), &format!("a:{line}")).len()).sum();
        assert_eq!((said, tally.words().as_str()), (100, "1,234 rejected."));
        assert_eq!(tally.unsaid().unwrap(), "… and 1,134 more: `--format json` names them all.");
    }

    #[test]
    fn nothing_to_enqueue_is_said() {
        assert_eq!(Tally::default().words(), "The files hold no notification.");
    }
}
