//! The recipients of one pipelined segment: judged together, answered one by one in order.

use super::reply::Reply;
use crate::domain::address::comparable;
use crate::domain::mail::Recipient;

/// The reply to one RCPT of the segment.
#[derive(Debug)]
pub enum Place {
    /// A reply that is already known.
    Said(Reply),
    /// The door's reply to the recipient with this index.
    Asked(usize),
}

/// The RCPT commands received but not yet answered.
#[derive(Debug, Default)]
pub struct Batch {
    places: Vec<Place>,
    asked: Vec<Recipient>,
}

impl Batch {
    /// Whether no RCPT waits for an answer.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Number of RCPT commands that wait for the door's answer. Several may name the same
    /// recipient.
    pub fn waiting(&self) -> usize {
        self.places.iter().filter(|place| matches!(place, Place::Asked(_))).count()
    }

    /// Adds a known reply in order.
    pub fn say(&mut self, reply: Reply) {
        self.places.push(Place::Said(reply));
    }

    /// Adds a recipient. A repeated recipient gets the same answer, and the door is asked about it
    /// once.
    pub fn ask(&mut self, recipient: Recipient) {
        let same = comparable(&recipient.address);
        let known = self.asked.iter().position(|asked| comparable(&asked.address) == same);
        self.places.push(Place::Asked(known.unwrap_or(self.asked.len())));
        if known.is_none() {
            self.asked.push(recipient);
        }
    }

    /// Empties the batch: the replies in order, and the recipients to ask the door about.
    pub fn take(&mut self) -> (Vec<Place>, Vec<Recipient>) {
        (std::mem::take(&mut self.places), std::mem::take(&mut self.asked))
    }
}
