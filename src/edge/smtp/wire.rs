//! The bytes of one connection and their deadlines: one read for what has come, one write for all replies to it.
//!
//! Every wait ends: by the client's silence, by the session's total time, or because the server stops. A write is
//! bounded by the first two, since a client may leave its replies unread.

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

/// How long a mail under way may pause when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// How long and for how many bytes a closed connection is still read, so that the last reply is not lost to a reset.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;

/// Why a conversation is over.
#[derive(Debug)]
pub enum End {
    /// The client is gone, or cannot be written to.
    Gone,
    /// With these last words.
    Farewell(Reply),
}

/// The bytes of one connection.
pub struct Wire<S> {
    stream: S,
    /// What came and was not understood yet.
    pub buffer: BytesMut,
    out: Vec<u8>,
    idle: Duration,
    last_call: Pin<Box<Sleep>>,
    stop: CancellationToken,
    tally: Arc<Tally>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Over `stream`, with the deadlines of `settings`, until `stop`.
    pub fn new(stream: S, settings: &Settings, stop: CancellationToken, tally: Arc<Tally>) -> Self {
        let last_call = Box::pin(sleep(settings.session_timeout));
        Self { stream, buffer: BytesMut::new(), out: Vec::new(), idle: settings.idle_timeout, last_call, stop, tally }
    }

    /// Adds a reply to the next write.
    pub fn say(&mut self, reply: &Reply) {
        self.tally.count(reply.code());
        reply.write(&mut self.out);
    }

    /// Is the server stopping?
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits for more bytes, up to `room` at once, while no mail is under way: a stop ends it at once.
    pub async fn listen(&mut self, room: usize) -> Result<(), End> {
        self.hear(room, Duration::ZERO).await
    }

    /// Waits for more bytes, up to `room` at once, of a mail under way: a stop leaves it some time.
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
            // First, or a client that never pauses would never be asked the time.
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

    /// Says the last words and closes so that they arrive: what still comes is read and dropped for a moment.
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
        // Whether it succeeds is the client's affair now.
        let _ = timeout(LINGER, farewell).await;
    }
}
