//! Limits the number of HTTP connections, in total and per client, while important callers can
//! still connect.
//!
//! The caller is known only after the head, so the server accepts every new connection for which it
//! can find a place. When no place is free, it cuts a connection whose caller is unknown: one
//! between requests, or one whose head or body is still arriving. It never cuts a caller with a
//! valid token or session. If such callers take all places, a reserve remains in which only
//! monitors, administrators and tokens of scope `api` are answered; all others get 503. An event
//! stream counts like any other connection.
//!
//! Behind a trusted proxy, the client that the proxy names is counted while its request runs; the
//! proxy itself is never counted.

mod table;

pub use table::{Limits, Standing};

use super::Parts;
use super::auth;
use super::client::Client;
use super::page::person;
use super::page::visit::Visit;
use super::problem::Problem;
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderValue, StatusCode, header};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use table::{Number, Table};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Shortest time between two log lines about refused or cut connections.
const QUIET: Duration = Duration::from_secs(60);

/// The places of one HTTP server.
#[derive(Debug)]
pub struct Places {
    trusted_proxies: Vec<IpNet>,
    table: Mutex<Table>,
    turned_away: Mutex<TurnedAway>,
}

/// Connections refused or cut since the last log line about them.
#[derive(Debug, Default)]
struct TurnedAway {
    count: u64,
    said_at: Option<Instant>,
}

impl Places {
    /// Places within `limits`, behind these proxies.
    #[must_use]
    pub fn new(limits: Limits, trusted_proxies: Vec<IpNet>) -> Arc<Self> {
        let table = Mutex::new(Table::new(limits));
        Arc::new(Self { trusted_proxies, table, turned_away: Mutex::default() })
    }

    /// A place for a connection from `peer`, and the token that ends it early; `None` if no place
    /// is free.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<(Seat, CancellationToken)> {
        let client = self.counted(Client(Some(peer.to_canonical())));
        let cut = CancellationToken::new();
        let taken = self.table().take(client, cut.clone());
        if taken.has_cut {
            self.turn_away("cut");
        }
        let Some(number) = taken.number else {
            self.turn_away("refused");
            return None;
        };
        Some((Seat { places: Arc::clone(self), number, client }, cut))
    }

    /// The address that a connection or request counts for. A trusted proxy never counts as a
    /// client.
    fn counted(&self, client: Client) -> Option<IpAddr> {
        client.counted(&self.trusted_proxies)
    }

    fn turn_away(&self, outcome: &'static str) {
        metrics::counter!("postern_http_connections_turned_away_total", "outcome" => outcome).increment(1);
        let mut turned_away = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        turned_away.count += 1;
        if turned_away.said_at.is_none_or(|at| at.elapsed() >= QUIET) {
            let count = std::mem::take(&mut turned_away.count);
            turned_away.said_at = Some(Instant::now());
            tracing::warn!(
                count,
                "All places for HTTP connections, or all of one client, are taken: {count} connections were turned away"
            );
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place.
#[derive(Debug)]
pub struct Seat {
    places: Arc<Places>,
    number: Number,
    /// The peer, unless it is a trusted proxy.
    client: Option<IpAddr>,
}

impl Seat {
    /// A handle for a request on this connection.
    #[must_use]
    pub fn occupant(&self) -> Occupant {
        Occupant { places: Arc::clone(&self.places), number: self.number, peer: self.client }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.places.table().leave(self.number);
    }
}

/// A request's handle to the place of its connection. The server adds it to the request.
#[derive(Debug, Clone)]
pub struct Occupant {
    places: Arc<Places>,
    number: Number,
    peer: Option<IpAddr>,
}

impl Occupant {
    /// Records that the caller was identified.
    pub fn identify(&self, standing: Standing) {
        self.places.table().identify(self.number, standing);
    }

    /// Records that the response has been sent completely.
    pub fn rest(&self) {
        self.places.table().rest(self.number, self.peer);
    }

    fn ask(&self, client: Client) -> bool {
        self.places.table().ask(self.number, self.peer.or_else(|| self.places.counted(client)))
    }

    fn is_privileged(&self) -> bool {
        self.places.table().is_privileged(self.number)
    }
}

/// Lets a request of `client` begin. In the reserve, only a privileged caller's request may.
///
/// # Errors
/// 503 when all ordinary places are taken.
pub async fn admit(parts: &Parts, request: &RequestParts, client: Client) -> Result<(), Problem> {
    let Some(occupant) = request.extensions.get::<Occupant>() else { return Ok(()) };
    if occupant.ask(client) {
        return Ok(());
    }
    if is_monitor(parts, request, client) {
        occupant.identify(Standing::Privileged);
        return Ok(());
    }
    // Each of the two calls tells the occupant which caller it identified.
    auth::identify(parts, &request.headers, Some(occupant)).await?;
    if !occupant.is_privileged() {
        person::identify(parts, &Visit::of(parts, request)).await?;
    }
    if occupant.is_privileged() {
        return Ok(());
    }
    occupant.places.turn_away("unavailable");
    Err(full())
}

fn is_monitor(parts: &Parts, request: &RequestParts, client: Client) -> bool {
    request.uri.path().starts_with("/-/") && client.is_among(&parts.settings.monitoring_clients)
}

fn full() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many connections are open, in all or from this client: close some, or try again in a moment.",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
    .header(header::CONNECTION, HeaderValue::from_static("close"))
}
