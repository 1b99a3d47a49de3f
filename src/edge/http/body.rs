//! Reading a request's body: within a bound, and not for ever.

use super::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::time::Duration;

/// A body may pause for so long.
const IDLE: Duration = Duration::from_secs(30);

/// A body kept in memory may take so long in all; 32 MiB in this time is 110 KiB/s.
const WHOLE: Duration = Duration::from_secs(300);

/// The body did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

impl From<Broken> for Problem {
    fn from(_: Broken) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "The body did not come to its end, or paused for more than {} seconds: send it again.",
                IDLE.as_secs()
            ),
        )
    }
}

/// The next piece of a body; `None` at its end.
///
/// # Errors
/// When the client went away or paused for too long.
pub async fn next(body: &mut Body) -> Result<Option<Bytes>, Broken> {
    loop {
        match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Ok(Some(Err(_))) | Err(_) => return Err(Broken),
        }
    }
}

/// The whole body, at most `most` bytes.
///
/// # Errors
/// 413 when it is longer, 408 when it does not come.
pub async fn whole(mut body: Body, most: usize) -> Result<Bytes, Problem> {
    let reading = async {
        let mut bytes = BytesMut::new();
        while let Some(piece) = next(&mut body).await? {
            if bytes.len() + piece.len() > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    tokio::time::timeout(WHOLE, reading).await.unwrap_or_else(|_| Err(Broken.into()))
}

/// 413.
#[must_use]
pub fn too_large(most: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("At most {most} bytes are read here: send less, or in parts."))
        .member("limit_bytes", most)
}

/// The media type of a body, in lower case and without parameters; empty when none is given.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    given.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// 415, naming the types that are read.
#[must_use]
pub fn unsupported(known: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("This Content-Type is not read here: send {known}."))
}
