//! Counts the replies by code. The handles are looked up once: a look-up per reply would cost more than the reply.

use metrics::Counter;
use std::sync::OnceLock;

/// One counter per reply code, made when first needed.
#[derive(Debug)]
pub struct Tally {
    replies: Vec<OnceLock<Counter>>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self { replies: (0..600).map(|_| OnceLock::new()).collect() }
    }

    /// One more reply with `code`.
    pub fn count(&self, code: u16) {
        if let Some(counter) = self.replies.get(usize::from(code)) {
            counter
                .get_or_init(|| metrics::counter!("postern_smtp_replies_total", "code" => code.to_string()))
                .increment(1);
        }
    }
}
