//! Why things wait, in sentences below their table: reasons are longer than a terminal is wide.

use crate::domain::id::ItemId;
use crate::domain::wording::number;
use crate::store::desk::{Pause, QueueItem};

/// So many different reasons are told apart; the rows have them all.
const MAX_REASONS: usize = 20;

/// The different reasons, in the order of the rows.
#[derive(Debug)]
pub struct Reasons {
    said: Vec<String>,
    found: Vec<Reason>,
    others: i64,
}

#[derive(Debug)]
struct Reason {
    text: String,
    count: i64,
    first: ItemId,
}

impl Reasons {
    /// None yet; those of the standstills need not be said again.
    pub fn beside(pauses: &[Pause]) -> Self {
        let said = pauses.iter().map(|pause| pause.reason.clone()).collect();
        Self { said, found: Vec::new(), others: 0 }
    }

    /// Takes note of why an item waits or failed.
    pub fn note(&mut self, item: &QueueItem) {
        let Some(text) = item.reason.as_ref().filter(|text| !self.said.contains(text)) else { return };
        let has_room = self.found.len() < MAX_REASONS;
        match self.found.iter_mut().find(|reason| reason.text == *text) {
            Some(reason) => reason.count += 1,
            None if has_room => {
                self.found.push(Reason { text: text.clone(), count: 1, first: item.id });
            }
            None => self.others += 1,
        }
    }

    /// A sentence for each.
    pub fn sentences(&self) -> Vec<String> {
        let known = self.found.iter().map(|reason| match reason.count {
            1 => format!("{}: {}", reason.first, reason.text),
            count => format!("{} and {} more: {}", reason.first, number(count - 1), reason.text),
        });
        let others = (self.others > 0).then(|| format!("{} more for other reasons.", number(self.others)));
        known.chain(others).collect()
    }
}
