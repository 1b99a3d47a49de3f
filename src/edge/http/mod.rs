//! The HTTP server: Postern's API for applications and monitors, and its pages for people.
//!
//! A request passes these steps in order: its id and log line (`exchange`), the write gate on the
//! raw path (`gate`), the route, the token and its scope (`auth`) or the person and the form
//! (`page`), and only then its parameters and body. Every error response is a [`Problem`], as JSON
//! or as a page. This module decides nothing: policy, the store and the flag do. It keeps no state,
//! so any number of processes can serve the same store.

pub mod api;
pub mod auth;
pub mod body;
pub mod client;
pub mod concern;
pub mod cursor;
pub mod exchange;
pub mod gate;
pub mod head;
pub mod listing;
pub mod monitor;
pub mod openapi;
pub mod page;
pub mod param;
pub mod place;
pub mod precondition;
pub mod problem;
pub mod room;
pub mod server;
pub mod stall;
#[cfg(test)]
mod tests;

pub use server::serve;

use crate::clock::Clock;
use crate::domain::notification::KindTable;
use crate::domain::report::Seen;
use crate::flag::switch::Switch;
use crate::flag::watch::Watch;
use crate::outbound::enqueue::Enqueuer;
use crate::policy::rules::Rules;
use crate::store::Store;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, uri::PathAndQuery};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use ipnet::IpNet;
use problem::Problem;
use room::Room;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::Notify;
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

/// The HTTP settings of the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL under which clients reach Postern; links begin with it.
    pub external_url: Url,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Clients that may use `/-/…`.
    pub monitoring_clients: Vec<IpNet>,
    /// The status of a blocked write: 403 or 503.
    pub write_block_status: u16,
}

/// What the handlers share.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Follows the mode.
    pub watch: Arc<Watch>,
    /// Changes the mode.
    pub switch: Switch,
    /// Accepts notifications.
    pub enqueuer: Enqueuer,
    /// The operator's rules.
    pub rules: Arc<Rules>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The declared kinds.
    pub kinds: KindTable,
    /// Wakes the delivery workers.
    pub wake_deliveries: Arc<Notify>,
    /// Wakes the hand-over workers.
    pub wake_hand_overs: Arc<Notify>,
    /// Counts the open SMTP transactions.
    pub smtp_transactions: Arc<AtomicUsize>,
    /// Renders the metrics as Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Room for request bodies.
    pub room: Room,
    /// What this process observes of its own machine.
    pub seen: Arc<dyn Fn() -> Seen + Send + Sync>,
    /// The configuration.
    pub settings: Settings,
}

/// The text that `/` sends to a program.
const WELCOME: &str = "Postern, the email and notification gateway.\n\
    The API is at /api/v4 (for example /api/v4/maintenance); /api/v4/openapi.json describes every route.\n";

/// The whole router.
pub fn router(parts: Parts) -> Router {
    let parts = Arc::new(parts);
    let routes = api::routes()
        .merge(monitor::routes())
        .publish(&parts.settings.external_url)
        .merge(page::routes())
        .route("/", get(welcome))
        .fallback(|| async { Problem::of_status(StatusCode::NOT_FOUND) })
        // Pages and the API share the places for event streams.
        .layer(Extension(api::events::place::Places::default()))
        .layer(from_fn(exchange::note_route))
        .with_state(Arc::clone(&parts));
    // Layers around a fallback run before routing, so the gate sees every raw path, known or not.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn(options))
        .layer(from_fn(without_trailing_slash))
        .layer(from_fn_with_state(Arc::clone(&parts), gate::gate))
        .layer(CatchPanicLayer::custom(exchange::panicked))
        .layer(from_fn_with_state(parts, exchange::exchange))
}

/// Redirects a browser to the pages; tells a program what this server is.
async fn welcome(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    if accept.contains("text/html") { Redirect::to("/admin").into_response() } else { WELCOME.into_response() }
}

/// Answers `OPTIONS` with the methods of a route, which the router lists when it refuses a method.
async fn options(request: Request, next: Next) -> Response {
    let is_asked = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    if is_asked && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        *response.status_mut() = StatusCode::NO_CONTENT;
        let taken = response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok());
        let allow = taken.map_or_else(|| "OPTIONS".to_owned(), |taken| format!("{taken},OPTIONS"));
        if let Ok(allow) = HeaderValue::try_from(allow) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    response
}

/// Removes one trailing slash from the path, as the gate does.
async fn without_trailing_slash(mut request: Request, next: Next) -> Response {
    if let Some(uri) = trimmed(request.uri()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty() && !path.ends_with('/'))?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok();
    Uri::from_parts(parts).ok()
}
