//! Accepts connections within limits, and ends them in good order.
//!
//! A client that finds no place hears 421 and goes. The listener ends when told to stop, and then waits for its connections.

use super::Settings;
use super::budget::Budget;
use super::connection::{Server, serve};
use super::reply;
use super::tally::Tally;
use crate::clock::Clock;
use crate::inbound::port::{AddressBook, Door};
use crate::listen::accept::Connections;
use crate::listen::client::network;
use crate::listen::seat::{NoSeat, Seat, Seats};
use std::io;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The most connections of clients outside `smtp.trusted_clients`, in all and from one network: enough to hear why they may
/// not send mail.
const MAX_STRANGERS: usize = 20;
const MAX_PER_STRANGER: usize = 5;

const GAUGE: &str = "postern_smtp_connections";

/// A bound address that does not serve yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    transactions: Arc<AtomicUsize>,
}

/// Binds `address`.
///
/// # Errors
/// When the address cannot be bound: in use, not ours, or not allowed.
pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Listener> {
    Ok(Listener { socket: TcpListener::bind(address).await?, transactions: Arc::default() })
}

impl Listener {
    /// The address that was bound.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Counts the mails under way (from MAIL FROM to the answer after the dot), for the status of the mode.
    #[must_use]
    pub fn transactions(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.transactions)
    }
}

/// Serves until `stop`: then no connection is accepted, idle ones hear 421, a mail under way may end.
///
/// It returns when all are closed; a client that dawdles over its mail is the caller's to bound.
pub async fn run(
    listener: Listener,
    settings: Arc<Settings>,
    door: Arc<dyn Door>,
    book: Arc<dyn AddressBook>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let places = Places {
        trusted: Seats::new(settings.max_connections, settings.max_connections_per_client, GAUGE),
        strangers: Seats::new(MAX_STRANGERS, MAX_PER_STRANGER, GAUGE),
    };
    let budget = Budget::of(settings.buffer_bytes, settings.max_message_bytes);
    let Listener { socket, transactions } = listener;
    let tally = Arc::new(Tally::new());
    let server = Arc::new(Server { settings, door, book, clock, budget, transactions, tally });
    let sessions = TaskTracker::new();
    let mut connections = Connections::to(socket, "SMTP");
    while let Some((stream, peer)) = connections.next(&stop).await {
        admit(stream, peer.ip().to_canonical(), &server, &places, &sessions, &stop);
    }
    drop(connections);
    sessions.close();
    sessions.wait().await;
}

/// The places of trusted clients, which strangers cannot take, and the few that strangers have.
struct Places {
    trusted: Arc<Seats>,
    strangers: Arc<Seats>,
}

impl Places {
    fn take(&self, client: IpAddr, settings: &Settings) -> Result<Seat, NoSeat> {
        if settings.trusts(client) { self.trusted.take(client) } else { self.strangers.take(network(client)) }
    }
}

fn admit(
    stream: TcpStream,
    client: IpAddr,
    server: &Arc<Server>,
    places: &Places,
    sessions: &TaskTracker,
    stop: &CancellationToken,
) {
    match places.take(client, &server.settings) {
        Ok(seat) => {
            metrics::counter!("postern_smtp_sessions_total").increment(1);
            // Replies are small and waited for: to hold one back for a fuller packet costs 40 ms a mail.
            let _ = stream.set_nodelay(true);
            let (server, stop) = (Arc::clone(server), stop.child_token());
            sessions.spawn(async move {
                serve(stream, client, server, stop).await;
                drop(seat);
            });
        }
        Err(full) => turn_away(stream, client, full, &server.tally),
    }
}

/// Says why at once and without a task: a storm of connections must not cost what it is refused for.
fn turn_away(stream: TcpStream, client: IpAddr, full: NoSeat, tally: &Tally) {
    let reply = match full {
        NoSeat::Full => reply::SERVER_FULL,
        NoSeat::ClientFull => reply::CLIENT_FULL,
    };
    tally.count(reply.code());
    tracing::debug!(client = %client, "Turned away an SMTP connection: too many");
    let mut bytes = Vec::new();
    reply.write(&mut bytes);
    // The send buffer of a fresh connection has room for a line; if not, the client is closed on without a word.
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(&bytes).and_then(|_| stream.shutdown(std::net::Shutdown::Write));
    }
}
