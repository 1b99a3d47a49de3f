//! Many notifications in one request: `application/x-ndjson` in, one result or problem a line out, in order, each on its own.
//!
//! Lines are read as they come and enqueued in groups, so memory is bounded by the longest line and a group. Answers are
//! written while lines are still read; those that the client has not taken yet are kept up to [`ANSWERS_KEPT`], since many
//! clients write everything before they read anything. Beyond that no more is read until the client reads. Empty lines are
//! skipped. A request that breaks off leaves what was answered, and perhaps a group more: give lines idempotency keys.

use super::notification::MOST_BYTES;
use crate::domain::id::Id;
use crate::edge::http::Parts;
use crate::edge::http::body;
use crate::edge::http::exchange::RequestId;
use crate::edge::http::problem::Problem;
use crate::outbound::enqueue::Submission;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A group is enqueued at so many lines, ...
const GROUP_LINES: usize = 100;
/// ... at so many bytes, ...
const GROUP_BYTES: usize = 4 * 1024 * 1024;
/// ... or when nothing more came for so long.
const LINGER: Duration = Duration::from_millis(5);

/// So many bytes of answers wait for the client; about 40,000 answers.
pub const ANSWERS_KEPT: usize = 16 * 1024 * 1024;

/// Answers on their way, with their share of what may wait.
type Written = (Bytes, OwnedSemaphorePermit);

/// Answers at once; the lines are worked off while the answer is written.
pub fn enqueue(parts: Arc<Parts>, token_id: Id, request_id: RequestId, body: Body) -> Response {
    let (answers, written) = unbounded_channel();
    let batch = Batch { parts, token_id, request_id, room: Arc::new(Semaphore::new(ANSWERS_KEPT)), answers };
    tokio::spawn(batch.run(body));
    let stream = futures_util::stream::unfold(written, |mut written: UnboundedReceiver<Written>| async {
        let (bytes, _permit) = written.recv().await?;
        Some((Ok::<_, Infallible>(bytes), written))
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"))];
    (StatusCode::ACCEPTED, kind, Body::from_stream(stream)).into_response()
}

struct Batch {
    parts: Arc<Parts>,
    token_id: Id,
    request_id: RequestId,
    room: Arc<Semaphore>,
    answers: UnboundedSender<Written>,
}

/// The client is not there any more.
struct Gone;

impl Batch {
    async fn run(self, mut body: Body) {
        let mut lines = Lines::default();
        let mut group = Group::default();
        if self.work_off(&mut body, &mut lines, &mut group).await.is_err() {
            tracing::info!(request_id = self.request_id.0, "The client of a batch went away before its end");
        }
    }

    async fn work_off(&self, body: &mut Body, lines: &mut Lines, group: &mut Group) -> Result<(), Gone> {
        let ended = loop {
            let piece = if group.lines.is_empty() {
                body::next(body).await
            } else {
                match tokio::time::timeout(LINGER, body::next(body)).await {
                    Ok(piece) => piece,
                    Err(_) => {
                        self.answer(std::mem::take(group)).await?;
                        continue;
                    }
                }
            };
            match piece {
                Ok(None) => break Ok(()),
                Err(broken) => break Err(broken),
                Ok(Some(piece)) => lines.push(&piece),
            }
            while let Some(line) = lines.next() {
                group.add(line);
                if group.is_full() {
                    self.answer(std::mem::take(group)).await?;
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
        let whole = group.lines.iter().filter_map(|line| line.as_ref().ok());
        let submissions: Vec<_> =
            whole.map(|body| Submission { body, token_id: Some(self.token_id), key: None }).collect();
        let mut enqueued = self.parts.enqueuer.enqueue(&submissions).await.into_iter();
        let mut text = String::new();
        for line in &group.lines {
            let answer = match line {
                Err(TooLong) => Err(body::too_large(MOST_BYTES)),
                Ok(_) => match enqueued.next() {
                    Some(Ok(answer)) => serde_json::to_string(&answer).map_err(|_| Problem::defect()),
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
            permit = Arc::clone(&self.room).acquire_many_owned(share) => {
                let permit = permit.map_err(|_| Gone)?;
                self.answers.send((text.into(), permit)).map_err(|_| Gone)
            }
            () = self.answers.closed() => Err(Gone),
        }
    }
}

/// A line longer than [`MOST_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TooLong;

/// Lines to be enqueued together.
#[derive(Debug, Default)]
struct Group {
    lines: Vec<Result<Bytes, TooLong>>,
    bytes: usize,
}

impl Group {
    fn add(&mut self, line: Result<Bytes, TooLong>) {
        self.bytes += line.as_ref().map_or(0, Bytes::len);
        self.lines.push(line);
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= GROUP_LINES || self.bytes >= GROUP_BYTES
    }
}

/// Cuts what comes into lines; what is longer than a line may be is thrown away up to its end.
#[derive(Debug, Default)]
struct Lines {
    buffer: BytesMut,
    /// Up to here there is no line end in the buffer.
    scanned: usize,
    skipping: bool,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole line that is not empty.
    fn next(&mut self) -> Option<Result<Bytes, TooLong>> {
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|b| *b == b'\n') else {
                self.scanned = self.buffer.len();
                if self.scanned > MOST_BYTES {
                    self.skipping = true;
                }
                if self.skipping {
                    self.buffer = BytesMut::new();
                    self.scanned = 0;
                }
                return None;
            };
            let line = self.buffer.split_to(self.scanned + end + 1).freeze();
            self.scanned = 0;
            if std::mem::take(&mut self.skipping) || line.len() > MOST_BYTES + 1 {
                return Some(Err(TooLong));
            }
            if !line.trim_ascii().is_empty() {
                return Some(Ok(line));
            }
        }
    }

    /// What is left at the end, when the last line has no line end.
    fn rest(&mut self) -> Option<Result<Bytes, TooLong>> {
        let line = std::mem::take(&mut self.buffer).freeze();
        if self.skipping {
            return Some(Err(TooLong));
        }
        (!line.trim_ascii().is_empty()).then_some(Ok(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_came_in() {
        let text = b"{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\":3}";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                lines.push(piece);
                while let Some(line) = lines.next() {
                    seen.push(line.unwrap().trim_ascii().to_vec());
                }
            }
            seen.extend(lines.rest().map(|line| line.unwrap().to_vec()));
            assert_eq!(seen, [b"{\"a\":1}", b"{\"b\":2}", b"{\"c\":3}"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_thrown_away_and_the_next_one_is_read() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; MOST_BYTES / 4 + 1];
        for _ in 0..5 {
            lines.push(&piece);
            assert_eq!(lines.next(), None);
            assert!(lines.buffer.len() <= MOST_BYTES);
        }
        lines.push(b"xx\n{}\n");
        assert_eq!(lines.next(), Some(Err(TooLong)));
        assert_eq!(lines.next(), Some(Ok(Bytes::from_static(b"{}\n"))));
    }
}
