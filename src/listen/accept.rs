//! Accepts connections, one after another, until the listener is told to stop.
//!
//! When the process has no file descriptor or memory left, the loop waits, longer each time: a
//! tight loop would make it worse. A failure of a single connection is ignored, since it says
//! nothing about the next one.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// The first and the longest pause after a failed accept.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The connections of a bound socket.
#[derive(Debug)]
pub struct Connections {
    socket: TcpListener,
    /// The protocol's name, for the log.
    protocol: &'static str,
    /// Failed accepts since the last successful one.
    failures: u32,
}

impl Connections {
    /// The connections to `socket`.
    #[must_use]
    pub const fn to(socket: TcpListener, protocol: &'static str) -> Self {
        Self { socket, protocol, failures: 0 }
    }

    /// The next connection; `None` once `stop` is cancelled.
    pub async fn next(&mut self, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
        stop.run_until_cancelled(self.accept()).await
    }

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.socket.accept().await {
                Ok(accepted) => {
                    self.failures = 0;
                    return accepted;
                }
                Err(error) => self.bear(&error).await,
            }
        }
    }

    async fn bear(&mut self, error: &io::Error) {
        let Some(pause) = pause_after(error, self.failures) else { return };
        if self.failures == 0 {
            let protocol = self.protocol;
            tracing::warn!(
                %error,
                "Cannot accept {protocol} connections: {error}. Waiting. Raise the limit of open files if this stays"
            );
        }
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(pause).await;
    }
}

/// How long to wait after a failed accept; `None` when only that connection failed.
fn pause_after(error: &io::Error, failures: u32) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        return None;
    }
    Some(FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(MAX_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_out_of_file_descriptors_waits_longer_each_time_up_to_a_bound() {
        let full = io::Error::from_raw_os_error(24);
        let pauses: Vec<_> = (0..40).map(|failures| pause_after(&full, failures).unwrap()).collect();
        assert_eq!((pauses[0], pauses[39]), (FIRST_PAUSE, MAX_PAUSE));
        assert!(pauses.is_sorted());
        assert_eq!(pause_after(&io::ErrorKind::ConnectionAborted.into(), 0), None);
    }
}
