//! The accept loop. It bounds the number of connections and every wait, and lets requests finish
//! after a stop.
//!
//! It replaces `axum::serve`, which has no timeout for request heads: a silent client would keep
//! its place for ever. It accepts every connection, so that a monitor is not stuck behind a full
//! server; [`place`](super::place) decides which connections stay.

use super::client::Peer;
use super::head;
use super::place::{Occupant, Places, Seat};
use super::stall::Guarded;
use crate::listen::accept::Connections;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Time limit for a request's head, and for an idle kept-alive connection.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Time that running requests have to finish after a stop.
const FINISH_WITHIN: Duration = Duration::from_secs(8);
/// Serves `router` on `listener` until `stop`, then lets running requests finish within
/// `FINISH_WITHIN`.
pub async fn serve(listener: TcpListener, router: Router, places: Arc<Places>, stop: CancellationToken) {
    let connections = TaskTracker::new();
    // Cuts the connections that are still open at that limit.
    let cut_all = CancellationToken::new();
    let mut accepted = Connections::to(listener, "HTTP");
    while let Some((stream, peer)) = accepted.next(&stop).await {
        let Some((seat, cut)) = places.take(peer.ip()) else { continue };
        let (router, stop, cut_all) = (router.clone(), stop.clone(), cut_all.clone());
        connections.spawn(async move {
            tokio::select! {
                () = converse(stream, peer, &seat, router, stop) => {}
                () = cut.cancelled() => {}
                () = cut_all.cancelled() => {}
            }
        });
    }
    drop(accepted);
    connections.close();
    if tokio::time::timeout(FINISH_WITHIN, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "HTTP connections did not end in time and are cut");
        cut_all.cancel();
        connections.wait().await;
    }
}

/// Added to each request. When it is cancelled, an endless response must end.
#[derive(Debug, Clone, Default)]
pub struct Stopping(pub CancellationToken);

async fn converse(stream: TcpStream, peer: SocketAddr, seat: &Seat, router: Router, stop: CancellationToken) {
    // With Nagle's delay, a response's last small segment could wait for the client's
    // acknowledgement.
    let _ = stream.set_nodelay(true);
    let (stopping, occupant) = (Stopping(stop.clone()), seat.occupant());
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(fault) = head::fault(&request) {
            request.extensions_mut().insert(fault);
        }
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(stopping.clone());
        request.extensions_mut().insert(occupant.clone());
        let (router, occupant) = (router.clone(), occupant.clone());
        async move { router.oneshot(request).await.map(|answer| answer.map(|body| Answer { body, occupant })) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_headers(head::MAX_LINES)
        // Also bounds how much of a body is read ahead.
        .max_buf_size(head::MAX_BYTES)
        .serve_connection(TokioIo::new(Guarded::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, client = %peer.ip(), "An HTTP connection ended early: {error}");
    }
}

/// A response body. The request is over when it is dropped.
struct Answer {
    body: Body,
    occupant: Occupant,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.occupant.rest();
    }
}
