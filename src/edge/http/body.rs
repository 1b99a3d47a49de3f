//! Reads request bodies: bounded in size, above a minimum rate, and within the budget that all
//! bodies share.

use super::problem::Problem;
use super::room::{Room, SMALL, Share};
use crate::domain::zeroed::Zeroed;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::Instant;

/// Longest pause within a body, and the time before its rate counts.
const IDLE: Duration = Duration::from_secs(30);
/// Lowest rate, over all of the time spent waiting for the body.
const MIN_BYTES_PER_SECOND: f64 = 32.0 * 1024.0;
/// Time limit for a body kept in memory; 32 MiB in this time is 110 KiB/s.
const WHOLE: Duration = Duration::from_secs(300);

/// The body did not arrive completely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

impl From<Broken> for Problem {
    fn from(_: Broken) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "The body did not come to its end, paused for more than {} seconds, or came more slowly than {} KiB a second: send it again.",
                IDLE.as_secs(),
                MIN_BYTES_PER_SECOND / 1024.0
            ),
        )
    }
}

/// A body while it arrives.
#[derive(Debug)]
pub struct Reader {
    body: Body,
    /// Time spent waiting for the client. The server's own processing time does not count.
    waited: Duration,
    received: usize,
}

impl Reader {
    /// A reader of `body`.
    #[must_use]
    pub fn new(body: Body) -> Self {
        Self { body, waited: Duration::ZERO, received: 0 }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the client disconnected, paused for too long or was too slow.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let began = Instant::now();
        let next = tokio::time::timeout(self.patience(), next_data(&mut self.body)).await;
        self.waited += began.elapsed();
        let piece = next.map_err(|_| Broken)??;
        self.received += piece.as_ref().map_or(0, Bytes::len);
        Ok(piece)
    }

    /// Starts the rate again, after a stream has sent a complete part.
    pub fn renew(&mut self) {
        (self.waited, self.received) = (Duration::ZERO, 0);
    }

    /// How long the next piece may take.
    fn patience(&self) -> Duration {
        let received = f64::from(u32::try_from(self.received).unwrap_or(u32::MAX));
        let earned = Duration::from_secs_f64(received / MIN_BYTES_PER_SECOND);
        (IDLE + earned).saturating_sub(self.waited).min(IDLE)
    }
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Broken> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => return Err(Broken),
        }
    }
}

/// A whole body, with its share of the budget. It may contain a password or a valid token, so its
/// bytes are zeroed when the last holder drops them.
pub struct Whole {
    bytes: Bytes,
    _share: Option<Share>,
}

impl Whole {
    /// The bytes, shared. Keep this value as long as the bytes: only this value counts in the
    /// budget.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl std::ops::Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads the whole body, at most `most` bytes. It counts in `room` until it is dropped.
///
/// # Errors
/// 415 when it is encoded, 413 when it is longer, 408 when it does not arrive, 503 when there is no
/// room.
pub async fn whole(room: &Room, headers: &HeaderMap, body: Body, most: usize) -> Result<Whole, Problem> {
    refuse_encoded(headers)?;
    let declared = body.size_hint();
    let least = usize::try_from(declared.lower()).unwrap_or(usize::MAX);
    if least > most {
        return Err(too_large(most));
    }
    let mut share = None;
    let mut reserved = SMALL;
    if declared.exact().is_some() {
        share = room.reserve(least).await?;
        reserved = least.max(SMALL);
    }
    let mut reader = Reader::new(body);
    let reading = async {
        let mut bytes = Zeroed::with_capacity(least);
        while let Some(piece) = reader.next().await? {
            let length = bytes.len() + piece.len();
            if length > most {
                return Err(too_large(most));
            }
            if length > reserved {
                share = room.reserve(most).await?;
                reserved = most;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Bytes::from_owner(bytes))
    };
    let bytes = tokio::time::timeout(WHOLE, reading).await.unwrap_or_else(|_| Err(Broken.into()))?;
    Ok(Whole { bytes, _share: share })
}

/// Refuses a compressed body: the server decompresses nothing and would misread the bytes.
///
/// # Errors
/// 415 when the body has a content encoding.
pub fn refuse_encoded(headers: &HeaderMap) -> Result<(), Problem> {
    let is_plain = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.trim().eq_ignore_ascii_case("identity"));
    if headers.get_all(header::CONTENT_ENCODING).iter().all(is_plain) {
        return Ok(());
    }
    let problem = Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "This Content-Encoding is not read here: send the body as it is, without compression.",
    );
    // RFC 9110, section 12.5.3.
    Err(problem.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

/// 413: the body is longer than `most` bytes.
#[must_use]
pub fn too_large(most: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("At most {most} bytes are read here: send less, or in parts."))
        .member("limit_bytes", most)
}

/// The media type of a body, in lower case and without parameters; empty if none is given.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    given.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// 415, naming the supported types.
#[must_use]
pub fn unsupported(known: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("This Content-Type is not read here: send {known}."))
}
