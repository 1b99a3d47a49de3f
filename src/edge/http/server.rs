//! The accept loop: connections are bounded in number and in every wait, and a stop lets requests finish.
//!
//! Our own, since `axum::serve` has no time limit for headers: a client that sends nothing would hold its place for ever.

use super::client::Peer;
use super::stall::Guarded;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Open connections at most; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;
/// A request's head must be there after this; an idle kept connection ends after it too.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Header lines at most.
const MOST_HEADERS: usize = 100;
/// Bytes of a head at most; also how much of a body is read ahead.
const MOST_HEAD_BYTES: usize = 64 * 1024;
/// After a stop, requests under way may take so long.
const FINISH_WITHIN: Duration = Duration::from_secs(8);
/// The wait after an accept that failed for want of something (file descriptors, memory): a tight loop would make it worse.
const BACK_OFF: Duration = Duration::from_millis(250);

/// Serves `router` on `listener` until `stop`, then lets what is under way finish, within bounds.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let connections = TaskTracker::new();
    // Connections that outlive the bound after a stop are cut.
    let cut = CancellationToken::new();
    while let Some((stream, peer, place)) = next(&listener, &places, &stop).await {
        let (router, stop, cut) = (router.clone(), stop.clone(), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = converse(stream, peer, router, stop) => {}
                () = cut.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(FINISH_WITHIN, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "HTTP connections did not end in time and are cut");
        cut.cancel();
        connections.wait().await;
    }
}

/// The next connection and its place; `None` once stopped.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepting = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, place)),
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "Cannot take an HTTP connection: {error}");
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accepting => accepted,
    }
}

/// The connection was gone before it was taken; that says nothing about the next one.
fn is_about_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Put into each request: when it is cancelled, an answer that would go on for ever has to end.
#[derive(Debug, Clone, Default)]
pub struct Stopping(pub CancellationToken);

async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Without it the last small segment of an answer may wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let stopping = Stopping(stop.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(stopping.clone());
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES)
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
