//! Explains why items wait, in sentences below their table: reasons are wider than a terminal.

use crate::domain::id::ItemId;
use crate::domain::wording::number;
use crate::store::desk::{Pause, QueueItem};

/// Most different reasons listed; the rows have all of them.
const MAX_REASONS: usize = 20;

/// The different reasons, in row order.
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
    /// An empty list; reasons that the standstills already give are not repeated.
    pub fn beside(pauses: &[Pause]) -> Self {
        let said = pauses.iter().map(|pause| pause.reason.clone()).collect();
        Self { said, found: Vec::new(), others: 0 }
    }

    /// Adds the reason why an item waits or failed.
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

    /// One sentence per reason.
    pub fn sentences(&self) -> Vec<String> {
        let known = self.found.iter().map(|reason| match reason.count {
            1 => format!("{}: {}", reason.first, reason.text),
            count => format!("{} and {} more: {}", reason.first, number(count - 1), reason.text),
        });
        let others = (self.others > 0).then(|| format!("{} more for other reasons.", number(self.others)));
        known.chain(others).collect()
    }
}
