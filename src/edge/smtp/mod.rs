//! The SMTP server: mail comes in here (RFC 5321, with SIZE, PIPELINING, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES).
//!
//! `listener` accepts connections within limits; `connection` drives one of them: `wire` (bytes, deadlines), `framing`
//! (where a line and a message end), `command` (what a line says), `session` (whether it may be said now), `reply`
//! (every text a client hears). The [`AddressBook`](crate::inbound::port::AddressBook) says whose an address is, the [`Door`](crate::inbound::port::Door)
//! takes the mail; nothing is judged here. What cannot be kept is answered 4xx; a broken framing ends the session.
//! Memory is bounded: a line of 2048 bytes, one read buffer of at most 32 KiB a connection, and one budget for all
//! messages being received together, of which each client has its part (`budget`) and which no slow message holds
//! (`progress`). Clients that may not send mail have a few places of their own (`listener`).

mod ascii;
mod batch;
mod budget;
mod command;
mod connection;
mod framing;
mod listener;
mod patience;
mod progress;
mod reply;
mod session;
mod tally;
#[cfg(test)]
mod tests;
mod transaction;
mod wire;

use ipnet::IpNet;
pub use listener::{Listener, bind, run};
pub use progress::PACE_WINDOW;
use std::net::IpAddr;
use std::time::Duration;

/// The `[smtp]` section, as far as the server itself needs it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name in the greeting and in EHLO.
    pub hostname: String,
    /// The largest message, in bytes as RFC 1870 counts them.
    pub max_message_bytes: usize,
    /// The most recipients of one mail.
    pub max_recipients: usize,
    /// The most connections of trusted clients at once.
    pub max_connections: usize,
    /// The most connections at once from one trusted address.
    pub max_connections_per_client: usize,
    /// The most bytes of all messages being received at once.
    pub buffer_bytes: usize,
    /// How long a client may be silent, or leave a reply unread.
    pub idle_timeout: Duration,
    /// How often a message is looked at for whether it comes too slowly.
    pub pace_window: Duration,
    /// How long a connection may last.
    pub session_timeout: Duration,
    /// Who may send mail; everybody else hears 450.
    pub trusted_clients: Vec<IpNet>,
    /// Every 5xx about mail becomes 4xx, so that nothing bounces while the set-up is new.
    pub soft_bounce: bool,
}

impl Settings {
    fn trusts(&self, client: IpAddr) -> bool {
        self.trusted_clients.iter().any(|network| network.contains(&client))
    }
}
