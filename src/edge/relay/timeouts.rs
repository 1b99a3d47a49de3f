//! Timeouts for each step of the SMTP dialogue with the relay.

use super::trouble::Trouble;
use std::time::Duration;

/// Time allowed for each step, divided as in RFC 5321 §4.5.3.2. Some values are shorter than the
/// RFC's, because a smarthost is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup and TCP connect together; the TLS handshake gets the same time again.
    pub connect: Duration,
    /// The greeting and the reply to EHLO together.
    pub hello: Duration,
    /// The reply to MAIL, RCPT or RSET; the whole of AUTH.
    pub command: Duration,
    /// The reply to DATA.
    pub data: Duration,
    /// Writing the message and the reply to the dot. A relay may work on it for ten minutes.
    pub message: Duration,
    /// The reply to QUIT, which does not affect the delivery.
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

/// Waits for `step`, but no longer than `limit`.
pub(super) async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, step).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Trouble::Broke(format!("the relay did not answer within {limit:?}"))),
    }
}
