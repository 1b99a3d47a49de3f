//! Accepts connections within limits, and ends them in good order.
//!
//! Who finds no place hears 421 and goes. When the process runs out of file descriptors the loop waits, longer each
//! time; it never spins, and no error ends it. It ends when told to stop, and then waits for its connections.

use super::budget::Budget;
use super::connection::{Server, serve};
use super::reply;
use super::seat::{NoSeat, Seat, Seats};
use super::tally::Tally;
use super::{AddressBook, Settings};
use crate::clock::Clock;
use crate::inbound::port::Door;
use std::io;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The first and the longest pause after an accept that failed.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

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
    let seats = Seats::new(settings.max_connections, settings.max_connections_per_client);
    let places = Places { trusted: seats, strangers: Seats::for_strangers() };
    let budget = Budget::of(settings.buffer_bytes, settings.max_message_bytes);
    let Listener { socket, transactions } = listener;
    let tally = Arc::new(Tally::new());
    let server = Arc::new(Server { settings, door, book, clock, budget, transactions, tally });
    let sessions = TaskTracker::new();
    let mut failures = 0;
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                failures = 0;
                admit(stream, peer.ip().to_canonical(), &server, &places, &sessions, &stop);
            }
            Err(error) => {
                let Some(pause) = pause_after(&error, failures) else { continue };
                if failures == 0 {
                    let remedy = "Raise the limit of open files if this stays";
                    tracing::warn!(%error, "Cannot accept SMTP connections: {error}. Waiting. {remedy}");
                }
                failures = failures.saturating_add(1);
                tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(pause) => {} }
            }
        }
    }
    drop(socket);
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
        if settings.trusts(client) { self.trusted.take(client) } else { self.strangers.take(network_of(client)) }
    }
}

/// One client controls a whole IPv6 /64, so strangers are counted by that.
fn network_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
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

/// How long to wait after a failed accept; `None` when it was that one connection's own failure.
fn pause_after(error: &io::Error, failures: u32) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        return None;
    }
    Some(FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_known_by_its_network() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn running_out_of_file_descriptors_waits_longer_each_time_up_to_a_bound() {
        let full = io::Error::from_raw_os_error(24);
        let pauses: Vec<_> = (0..40).map(|failures| pause_after(&full, failures).unwrap()).collect();
        assert_eq!((pauses[0], pauses[39]), (FIRST_PAUSE, LONGEST_PAUSE));
        assert!(pauses.is_sorted());
        assert_eq!(pause_after(&io::ErrorKind::ConnectionAborted.into(), 0), None);
    }
}
