//! How long a relay may take for each step.

use super::trouble::Trouble;
use std::time::Duration;

/// How long a relay may take for each step of the dialogue, as RFC 5321 §4.5.3.2 divides it (some of its minutes are
/// shortened: a smarthost is near).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Looking up the name and connecting; and again the TLS handshake.
    pub connect: Duration,
    /// The greeting and the answer to EHLO together.
    pub hello: Duration,
    /// The answer to MAIL, RCPT, RSET; the whole of AUTH.
    pub command: Duration,
    /// The answer to DATA.
    pub data: Duration,
    /// Writing the message, and the answer to the dot: a relay may work on it for ten minutes.
    pub message: Duration,
    /// The answer to QUIT, which nobody needs.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            hello: Duration::from_secs(60),
            command: Duration::from_secs(60),
            data: Duration::from_secs(120),
            message: Duration::from_secs(600),
            quit: Duration::from_secs(5),
        }
    }
}

/// Waits for `step`, but not longer than `limit`.
pub(super) async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, step).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Trouble::Broke(format!("the relay did not answer within {limit:?}"))),
    }
}
