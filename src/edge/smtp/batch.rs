//! The recipients of one pipelined segment: judged together, answered one by one in order.

use super::reply::Reply;
use crate::domain::address::comparable;
use crate::domain::mail::Recipient;

/// What is to be said to each RCPT of the segment.
#[derive(Debug)]
pub enum Place {
    /// This.
    Said(Reply),
    /// What the door says to the recipient with this number.
    Asked(usize),
}

/// The RCPT commands heard and not answered yet.
#[derive(Debug, Default)]
pub struct Batch {
    places: Vec<Place>,
    asked: Vec<Recipient>,
}

impl Batch {
    /// Is nobody waiting for an answer?
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many RCPT commands wait for the door's answer; some may name the same recipient.
    pub fn waiting(&self) -> usize {
        self.places.iter().filter(|place| matches!(place, Place::Asked(_))).count()
    }

    /// Keeps the order of an answer that is known already.
    pub fn say(&mut self, reply: Reply) {
        self.places.push(Place::Said(reply));
    }

    /// Adds a recipient; the same one again gets the same answer and is asked about once.
    pub fn ask(&mut self, recipient: Recipient) {
        let same = comparable(&recipient.address);
        let known = self.asked.iter().position(|asked| comparable(&asked.address) == same);
        self.places.push(Place::Asked(known.unwrap_or(self.asked.len())));
        if known.is_none() {
            self.asked.push(recipient);
        }
    }

    /// Empties it: what is to be said, and whom the door is to be asked about.
    pub fn take(&mut self) -> (Vec<Place>, Vec<Recipient>) {
        (std::mem::take(&mut self.places), std::mem::take(&mut self.asked))
    }
}
