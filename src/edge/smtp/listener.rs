//! Accepts connections within limits, and closes them in order on shutdown.
//!
//! A client over a limit gets 421 and is disconnected. After a stop the listener waits for its open
//! connections.

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

/// Most connections of clients outside `smtp.trusted_clients`, both in all and from one network.
/// The few seats let such a client learn why it may not send mail.
const MAX_STRANGERS: usize = 20;
const MAX_PER_STRANGER: usize = 5;

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    transactions: Arc<AtomicUsize>,
}

/// Binds `address`.
///
/// # Errors
/// When the address is in use, does not belong to this machine, or is not permitted.
pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Listener> {
    Ok(Listener { socket: TcpListener::bind(address).await?, transactions: Arc::default() })
}

impl Listener {
    /// The bound address.
    ///
    /// # Errors
    /// When the operating system cannot report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The counter of open mail transactions (from MAIL FROM to the reply after the dot), for the
    /// status of the mode.
    #[must_use]
    pub fn transactions(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.transactions)
    }
}

/// Serves until `stop`. Then it accepts no more connections and sends 421 to idle ones; an open
/// mail transaction may end.
///
/// It returns when all connections are closed. The caller must bound how long it waits for slow
/// clients.
pub async fn run(
    listener: Listener,
    settings: Arc<Settings>,
    door: Arc<dyn Door>,
    book: Arc<dyn AddressBook>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let gauge = metrics::gauge!("postern_smtp_connections");
    let places = Places {
        trusted: Seats::new(settings.max_connections, settings.max_connections_per_client, gauge.clone()),
        strangers: Seats::new(MAX_STRANGERS, MAX_PER_STRANGER, gauge),
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

/// The seats of trusted clients, which other clients cannot take, and the few seats of the others.
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
            // Replies are small and the client waits for them: Nagle's delay costs 40 ms a mail.
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

/// Sends the reason at once and without a task, because a flood of connections must cost little.
fn turn_away(stream: TcpStream, client: IpAddr, full: NoSeat, tally: &Tally) {
    let reply = match full {
        NoSeat::Full => reply::SERVER_FULL,
        NoSeat::ClientFull => reply::CLIENT_FULL,
    };
    tally.count(reply.code());
    tracing::debug!(client = %client, "Turned away an SMTP connection: too many");
    let mut bytes = Vec::new();
    reply.write(&mut bytes);
    // The send buffer of a fresh connection has room for a line. If not, the connection closes
    // without a reply.
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(&bytes).and_then(|_| stream.shutdown(std::net::Shutdown::Write));
    }
}
