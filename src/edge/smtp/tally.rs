//! Counts the replies by code. Metric handles are cached, because a lookup per reply would cost
//! more than the reply.

use metrics::Counter;
use std::sync::OnceLock;

/// One counter per reply code, created on first use.
#[derive(Debug)]
pub struct Tally {
    replies: Vec<OnceLock<Counter>>,
}

impl Tally {
    /// A tally without counts.
    pub fn new() -> Self {
        Self { replies: (0..600).map(|_| OnceLock::new()).collect() }
    }

    /// Counts one reply with `code`.
    pub fn count(&self, code: u16) {
        if let Some(counter) = self.replies.get(usize::from(code)) {
            counter
                .get_or_init(|| metrics::counter!("postern_smtp_replies_total", "code" => code.to_string()))
                .increment(1);
        }
    }
}
