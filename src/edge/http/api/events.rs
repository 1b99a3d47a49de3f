//! `/api/v4/maintenance/events`: server-sent events, one per change: `event: change`, the version
//! as `id`, and `data` as in the history.
//!
//! A new stream begins with the current mode. A client that sends `Last-Event-ID` gets every later
//! event instead, without a gap, also across reconnects and processes: events are read from the
//! history, and the watch only tells when to read. No stream opens while the mode is unknown. A
//! stream ends when the gateway stops, when the store fails, when the client's access is revoked
//! (checked before each event and every minute), and after an hour; clients then reconnect on their
//! own.

pub mod place;

use crate::domain::mode::{HistoryEntry, ModeView, Version};
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi, may_read};
use crate::edge::http::client::Client;
use crate::edge::http::openapi::param::LastEventId;
use crate::edge::http::openapi::refusal::{self, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::edge::http::server::Stopping;
use crate::shown::Change;
use crate::store::access::Scope;
use crate::store::error::StoreError;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use place::{Listener, Place, Places};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Longest life of a stream.
const LONGEST: Duration = Duration::from_secs(3600);
/// Interval between access checks of a quiet stream.
const RIGHT_TURN: Duration = Duration::from_secs(60);
/// Interval between comments, so that no proxy takes a quiet stream for a dead one.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How soon a client reconnects after the end.
const COME_BACK: Duration = Duration::from_secs(2);
/// Changes read at once.
const TURN: i64 = 100;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells a proxy not to buffer events.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// An example stream for the API description.
const EXAMPLE: &str =
    "retry: 2000\n: one event per change of the mode\n\nevent: change\nid: 7\ndata: {\"version\":7,…}\n\n";

/// Checks whether the client may still listen: its token can be revoked or its session ended during
/// the stream.
pub type Right = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Follow the mode.
///
/// Server-sent events, one per change: `event: change`, the version as `id`, and `data` as in the
/// history. The stream begins with the current mode. A client that sends the id of its last event
/// gets every later event instead, without a gap. A stream ends after an hour at the latest, and
/// clients reconnect on their own.
#[utoipa::path(
    get, path = "/api/v4/maintenance/events", operation_id = "follow_maintenance", tag = "maintenance",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(LastEventId),
    responses(
        (
            status = 200, description = "Events, as they come.",
            content(("text/event-stream", example = json!(EXAMPLE))),
        ),
        (
            status = 429, description = "The client, or the token, has as many streams open as it may.",
            body = refusal::Shape, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds to wait.")),
        ),
        (
            status = 503, description = "The mode is not known; or as many streams as there can be are open already.",
            body = refusal::Shape, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds to wait.")),
        ),
        Unidentified, TooNarrow, Unprocessable,
    ),
)]
pub async fn stream(
    State(parts): State<Arc<Parts>>,
    caller: Caller<ReadApi>,
    _: Params,
    client: Client,
    Extension(places): Extension<Places>,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (name, is_privileged) = (format!("token {}", caller.token.id), caller.token.scope == Scope::Api);
    let place = places.take(Listener::new(client, &parts.settings.trusted_proxies, name, is_privileged))?;
    let (asked, right_headers) = (Arc::clone(&parts), headers.clone());
    let right: Right = Box::new(move || {
        let (parts, headers) = (Arc::clone(&asked), right_headers.clone());
        Box::pin(async move { may_read(&parts, &headers).await })
    });
    open(parts, place, stopping.map(|Extension(stopping)| stopping), &headers, right).await
}

/// Opens a stream for a caller whose access has been checked.
///
/// # Errors
/// 503 when the mode is not known.
pub async fn open(
    parts: Arc<Parts>,
    place: Place,
    stopping: Option<Stopping>,
    headers: &HeaderMap,
    right: Right,
) -> Result<Response, Problem> {
    let seen = parts.watch.subscribe();
    let ModeView::Known(mode) = parts.watch.look().await else { return Err(Problem::mode_unknown(&parts.watch)) };
    // A version above the store's own comes from another store, so the client starts from the
    // current mode.
    let last = last_event(headers).filter(|last| *last <= mode.version);
    let feed = Feed {
        after: last.unwrap_or(mode.version.previous()),
        parts,
        seen,
        stop: stopping.map(|Stopping(stop)| stop).unwrap_or_default(),
        ends_at: tokio::time::Instant::now() + LONGEST,
        read: VecDeque::new(),
        has_begun: false,
        right,
        _place: place,
    };
    let events = futures_util::stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response())
}

/// The last version that the client has; `None` if the header is not a version.
fn last_event(headers: &HeaderMap) -> Option<Version> {
    headers
        .get(LAST_EVENT_ID)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Version)
        .filter(|version| *version >= Version::NONE)
}

/// One open stream.
struct Feed {
    parts: Arc<Parts>,
    seen: watch::Receiver<ModeView>,
    stop: CancellationToken,
    ends_at: tokio::time::Instant,
    /// Events up to this version were sent.
    after: Version,
    read: VecDeque<HistoryEntry>,
    has_begun: bool,
    right: Right,
    _place: Place,
}

impl Feed {
    /// Waits for the next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(Event::default().retry(COME_BACK).comment("one event per change of the mode"));
        }
        while !self.stop.is_cancelled() {
            if let Some(change) = self.read.pop_front() {
                return if (self.right)().await { self.tell(&change).await } else { None };
            }
            // Mark before reading, so that a change in between wakes the stream again.
            self.seen.mark_unchanged();
            match self.parts.store.changes_after(self.after, TURN).await {
                Ok(changes) => self.read.extend(changes),
                Err(error) => return broken(&error),
            }
            if self.read.is_empty() && !self.wait().await {
                break;
            }
        }
        None
    }

    async fn tell(&mut self, change: &HistoryEntry) -> Option<Event> {
        self.after = change.mode.version;
        let windows = match self.parts.store.windows_of_versions(self.after, self.after).await {
            Ok(windows) => windows,
            Err(error) => return broken(&error),
        };
        let event = Event::default().event("change").id(self.after.to_string());
        event.json_data(Change::new(change, &windows)).ok()
    }

    /// Waits for a change; false when the stream has to end.
    async fn wait(&mut self) -> bool {
        loop {
            tokio::select! {
                changed = self.seen.changed() => return changed.is_ok(),
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep_until(self.ends_at) => return false,
                () = tokio::time::sleep(RIGHT_TURN) => {}
            }
            if !(self.right)().await {
                return false;
            }
        }
    }
}

/// Ends a stream after a store error. The client reconnects and misses nothing.
fn broken(error: &StoreError) -> Option<Event> {
    tracing::warn!(%error, "A stream of events ends: {error}");
    None
}
