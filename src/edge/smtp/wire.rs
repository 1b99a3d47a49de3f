//! The bytes of one connection and their deadlines: one read for what has arrived, one write for
//! all replies.
//!
//! Every wait ends: when the client is silent too long, when the session reaches its time limit, or
//! when the server stops. Only the first two bound a write, because a client may leave its replies
//! unread.

use super::Settings;
use super::reply::{self, Reply};
use super::tally::Tally;
use bytes::BytesMut;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long the server waits for more bytes of an open mail transaction after a stop.
const GRACE: Duration = Duration::from_secs(5);

/// How long, and for how many bytes, a closed connection is still read, so that a reset does not
/// destroy the last reply.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;

/// Why a session ends.
#[derive(Debug)]
pub enum End {
    /// The client has disconnected, or cannot be written to.
    Gone,
    /// The server sends this last reply and closes.
    Farewell(Reply),
}

/// The bytes of one connection.
pub struct Wire<S> {
    stream: S,
    /// Bytes received but not yet parsed.
    pub buffer: BytesMut,
    out: Vec<u8>,
    idle: Duration,
    last_call: Pin<Box<Sleep>>,
    stop: CancellationToken,
    tally: Arc<Tally>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A wire over `stream`, with the deadlines of `settings`, until `stop`.
    pub fn new(stream: S, settings: &Settings, stop: CancellationToken, tally: Arc<Tally>) -> Self {
        let last_call = Box::pin(sleep(settings.session_timeout));
        Self { stream, buffer: BytesMut::new(), out: Vec::new(), idle: settings.idle_timeout, last_call, stop, tally }
    }

    /// Adds a reply to the next write.
    pub fn say(&mut self, reply: &Reply) {
        self.tally.count(reply.code());
        reply.write(&mut self.out);
    }

    /// Whether the server is stopping.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits for more bytes, at most `room`, outside a mail transaction. A stop ends the wait at
    /// once.
    pub async fn listen(&mut self, room: usize) -> Result<(), End> {
        self.hear(room, Duration::ZERO).await
    }

    /// Waits for more bytes, at most `room`, inside a mail transaction. A stop allows a grace
    /// period.
    pub async fn listen_on(&mut self, room: usize) -> Result<(), End> {
        self.hear(room, GRACE).await
    }

    async fn hear(&mut self, room: usize, grace: Duration) -> Result<(), End> {
        self.buffer.reserve(room);
        let stopped = async {
            self.stop.cancelled().await;
            sleep(grace).await;
        };
        let heard = tokio::select! {
            biased;
            // Checked first; otherwise a client that never pauses would escape the session limit.
            () = &mut self.last_call => return Err(End::Farewell(reply::SESSION_TOO_LONG)),
            heard = self.stream.read_buf(&mut self.buffer) => heard,
            () = sleep(self.idle) => return Err(End::Farewell(reply::SILENT)),
            () = stopped => return Err(End::Farewell(reply::SHUTTING_DOWN)),
        };
        match heard {
            Ok(0) | Err(_) => Err(End::Gone),
            Ok(_) => Ok(()),
        }
    }

    /// Writes all replies.
    pub async fn flush(&mut self) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = tokio::select! {
            biased;
            () = &mut self.last_call => return Err(End::Gone),
            written = timeout(self.idle, self.stream.write_all(&self.out)) => written,
        };
        self.out.clear();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Sends the last reply and closes gracefully: it reads and discards input for a moment, so
    /// that the reply arrives.
    pub async fn close(mut self, reply: &Reply) {
        self.say(reply);
        let farewell = async {
            self.stream.write_all(&self.out).await?;
            self.stream.shutdown().await?;
            let mut dropped = 0;
            while dropped < LINGER_BYTES {
                self.buffer.clear();
                self.buffer.reserve(4096);
                match self.stream.read_buf(&mut self.buffer).await? {
                    0 => break,
                    count => dropped += count,
                }
            }
            std::io::Result::Ok(())
        };
        // A failure no longer matters, because the session is over.
        let _ = timeout(LINGER, farewell).await;
    }
}
