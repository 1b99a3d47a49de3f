//! Many notifications in one request: takes `application/x-ndjson` and returns one result or
//! problem per line, in order. Each line stands alone.
//!
//! Lines are read as they arrive and enqueued in groups, so the longest line and one group bound
//! the memory. Answers are written while lines are still read. Up to [`ANSWERS_KEPT`] bytes of
//! answers wait for the client, because many clients write everything before they read. Beyond
//! that, no more lines are read until the client reads. A line longer than a group must first get
//! its share of the body budget. Empty lines are skipped. If a request breaks off, the answered
//! lines are enqueued, and perhaps one group more, so lines should have idempotency keys.

use super::notification::MAX_BYTES;
use crate::domain::id::TokenId;
use crate::edge::http::Parts;
use crate::edge::http::body::{self, Broken, Reader};
use crate::edge::http::exchange::RequestId;
use crate::edge::http::problem::Problem;
use crate::edge::http::room::{self, Share};
use crate::outbound::enqueue::Submission;
use crate::shown::EnqueueAnswer;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes, BytesMut};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A group is enqueued when it has this many lines, ...
const GROUP_LINES: usize = 100;
/// ... this many bytes, ...
const GROUP_BYTES: usize = 1024 * 1024;
/// ... or when no more data has arrived for this long.
const LINGER: Duration = Duration::from_millis(5);

/// Bytes that are cut into lines before other tasks get their turn.
const MAX_ON_THE_SPOT: usize = 64 * 1024;

/// Bytes of answers that may wait for the client; about 40,000 answers.
pub const ANSWERS_KEPT: usize = 16 * 1024 * 1024;

/// Answers to be sent, with their shares of this client's limit and of the limit for all clients.
type Written = (Bytes, [OwnedSemaphorePermit; 2]);

/// Starts the response at once; the lines are processed while it is written.
///
/// # Errors
/// 503 when too many batches are being read.
pub async fn enqueue(
    parts: Arc<Parts>,
    token_id: TokenId,
    request_id: RequestId,
    body: Body,
) -> Result<Response, Problem> {
    let place = parts.room.batch().await?;
    let (answers, written) = unbounded_channel();
    let room = Arc::new(Semaphore::new(ANSWERS_KEPT));
    let batch = Batch { parts, token_id, request_id, room, answers, _place: place };
    tokio::spawn(batch.run(Reader::new(body)));
    let stream = futures_util::stream::unfold(written, |mut written: UnboundedReceiver<Written>| async {
        let (bytes, _permits) = written.recv().await?;
        Some((Ok::<_, Infallible>(bytes), written))
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"))];
    Ok((StatusCode::ACCEPTED, kind, Body::from_stream(stream)).into_response())
}

struct Batch {
    parts: Arc<Parts>,
    token_id: TokenId,
    request_id: RequestId,
    room: Arc<Semaphore>,
    answers: UnboundedSender<Written>,
    _place: Share,
}

/// The client has disconnected.
struct Gone;

impl Batch {
    async fn run(self, mut body: Reader) {
        let mut lines = Lines::default();
        let mut group = Group::default();
        if self.work_off(&mut body, &mut lines, &mut group).await.is_err() {
            tracing::info!(request_id = self.request_id.0, "The client of a batch went away before its end");
        }
    }

    async fn work_off(&self, body: &mut Reader, lines: &mut Lines, group: &mut Group) -> Result<(), Gone> {
        let mut share = None;
        let ended = loop {
            let Some(piece) = next_piece(body, !group.lines.is_empty()).await else {
                self.answer(std::mem::take(group)).await?;
                continue;
            };
            let piece = match piece {
                Ok(None) => break Ok(()),
                Err(broken) => break Err(broken),
                Ok(Some(piece)) => piece,
            };
            for part in piece.chunks(MAX_ON_THE_SPOT) {
                // Other tasks get their turn before each part: it may hold thousands of lines that wait for nothing.
                tokio::task::yield_now().await;
                lines.push(part);
                while let Some(line) = lines.next() {
                    body.renew();
                    group.add(line);
                    if group.is_full() {
                        self.answer(std::mem::take(group)).await?;
                    }
                }
                if lines.buffer.len() <= GROUP_BYTES {
                    share = None;
                } else if share.is_none() {
                    self.answer(std::mem::take(group)).await?;
                    share = self.parts.room.reserve(MAX_BYTES).await.unwrap_or_else(|_| lines.skip(Unread::Crowded));
                }
            }
        };
        if ended.is_ok() {
            lines.rest().into_iter().for_each(|line| group.add(line));
        }
        self.answer(std::mem::take(group)).await?;
        match ended {
            Ok(()) => Ok(()),
            Err(broken) => self.write(Problem::from(broken).render(&self.request_id.0).to_string() + "\n").await,
        }
    }

    /// Enqueues a group and writes its answers.
    async fn answer(&self, group: Group) -> Result<(), Gone> {
        // A piece may hold a thousand groups of lines that are refused without waiting for
        // anything.
        tokio::task::yield_now().await;
        let whole = group.lines.iter().filter_map(|line| line.as_ref().ok());
        let submissions: Vec<_> =
            whole.map(|body| Submission { body: body.clone(), token_id: Some(self.token_id), key: None }).collect();
        let mut enqueued = self.parts.enqueuer.enqueue(submissions).await.into_iter();
        let mut text = String::new();
        for line in &group.lines {
            let answer = match line {
                Err(Unread::TooLong) => Err(body::too_large(MAX_BYTES)),
                Err(Unread::Crowded) => Err(room::crowded()),
                Ok(_) => match enqueued.next() {
                    Some(Ok(answer)) => {
                        serde_json::to_string(&EnqueueAnswer::from(answer)).map_err(|_| Problem::defect())
                    }
                    Some(Err(rejection)) => Err(rejection.into()),
                    None => Err(Problem::defect()),
                },
            };
            text += &answer.unwrap_or_else(|problem| problem.render(&self.request_id.0).to_string());
            text.push('\n');
        }
        self.write(text).await
    }

    async fn write(&self, text: String) -> Result<(), Gone> {
        if text.is_empty() {
            return Ok(());
        }
        let share = u32::try_from(text.len().min(ANSWERS_KEPT)).map_err(|_| Gone)?;
        tokio::select! {
            permits = self.permits(share) => self.answers.send((text.into(), permits?)).map_err(|_| Gone),
            () = self.answers.closed() => Err(Gone),
        }
    }

    async fn permits(&self, bytes: u32) -> Result<[OwnedSemaphorePermit; 2], Gone> {
        let own = Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(|_| Gone)?;
        let of_all = Arc::clone(&self.parts.room.answers).acquire_many_owned(bytes).await.map_err(|_| Gone)?;
        Ok([own, of_all])
    }
}

/// The next piece of the body. `None` when `lingers` is set, because lines are waiting, and nothing
/// has arrived within `LINGER`.
async fn next_piece(body: &mut Reader, lingers: bool) -> Option<Result<Option<Bytes>, Broken>> {
    if lingers { tokio::time::timeout(LINGER, body.next()).await.ok() } else { Some(body.next().await) }
}

/// Why a line is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// It is longer than [`MAX_BYTES`].
    TooLong,
    /// The body budget has no room for a long line.
    Crowded,
}

/// Lines to be enqueued together.
#[derive(Debug, Default)]
struct Group {
    lines: Vec<Result<Bytes, Unread>>,
    bytes: usize,
}

impl Group {
    fn add(&mut self, line: Result<Bytes, Unread>) {
        self.bytes += line.as_ref().map_or(0, Bytes::len);
        self.lines.push(line);
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= GROUP_LINES || self.bytes >= GROUP_BYTES
    }
}

/// Splits the body into lines. An overlong line is discarded up to its end.
#[derive(Debug, Default)]
struct Lines {
    buffer: BytesMut,
    /// The buffer has no line end before this position.
    scanned: usize,
    /// Set while the current line is discarded: the reason.
    skipping: Option<Unread>,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// Discards the current line.
    fn skip<T>(&mut self, reason: Unread) -> Option<T> {
        (self.buffer, self.scanned, self.skipping) = (BytesMut::new(), 0, Some(reason));
        None
    }

    /// The next complete line that is not empty.
    fn next(&mut self) -> Option<Result<Bytes, Unread>> {
        self.pass_empty();
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|b| *b == b'\n') else {
                self.scanned = self.buffer.len();
                if self.scanned > MAX_BYTES && self.skipping.is_none() {
                    self.skipping = Some(Unread::TooLong);
                }
                if self.skipping.is_some() {
                    self.buffer = BytesMut::new();
                    self.scanned = 0;
                }
                return None;
            };
            let line = self.buffer.split_to(self.scanned + end + 1).freeze();
            self.scanned = 0;
            if let Some(reason) = self.skipping.take() {
                return Some(Err(reason));
            }
            if line.len() > MAX_BYTES + 1 {
                return Some(Err(Unread::TooLong));
            }
            if !line.trim_ascii().is_empty() {
                return Some(Ok(line));
            }
        }
    }

    /// Passes over the empty lines that come next, all at once: a piece may hold hundreds of
    /// thousands.
    fn pass_empty(&mut self) {
        if self.scanned > 0 || self.skipping.is_some() {
            return;
        }
        let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(end) = self.buffer[..blank].iter().rposition(|byte| *byte == b'\n') {
            self.buffer.advance(end + 1);
        }
    }

    /// The last line, if it has no line end.
    fn rest(&mut self) -> Option<Result<Bytes, Unread>> {
        let line = std::mem::take(&mut self.buffer).freeze();
        if let Some(reason) = self.skipping.take() {
            return Some(Err(reason));
        }
        (!line.trim_ascii().is_empty()).then_some(Ok(line))
    }
}

#[cfg(test)]
mod tests;
