//! The SMTP server, which receives mail (RFC 5321 with SIZE, PIPELINING, 8BITMIME, SMTPUTF8,
//! ENHANCEDSTATUSCODES).
//!
//! `listener` accepts connections within limits and `connection` runs each of them: `wire` (bytes,
//! deadlines), `framing` (where a line and a message end), `command` (parsing), `session` (which
//! command is allowed now), `reply` (every text a client gets). The
//! [`AddressBook`](crate::inbound::port::AddressBook) resolves addresses and the
//! [`Door`](crate::inbound::port::Door) takes the mail. This module never judges mail. A message
//! that cannot be kept gets 4xx; broken framing ends the session.
//!
//! Memory is bounded: a line of 2048 bytes, one read buffer of at most 32 KiB per connection, and
//! one budget for all messages being received. Each client has a part of the budget (`budget`), and
//! a slow message cannot hold it (`progress`). Clients that may not send mail have a few seats of
//! their own (`listener`).

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

/// The settings of `[smtp]` that the server itself needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name in the greeting and in the EHLO response.
    pub hostname: String,
    /// Largest message, in bytes as RFC 1870 counts them.
    pub max_message_bytes: usize,
    /// Most recipients of one mail.
    pub max_recipients: usize,
    /// Most simultaneous connections of trusted clients.
    pub max_connections: usize,
    /// Most simultaneous connections from one trusted address.
    pub max_connections_per_client: usize,
    /// Most bytes of all messages being received at once.
    pub buffer_bytes: usize,
    /// How long a client may be silent, or leave a reply unread.
    pub idle_timeout: Duration,
    /// Interval between checks that a message arrives fast enough.
    pub pace_window: Duration,
    /// Longest duration of a connection.
    pub session_timeout: Duration,
    /// Networks that may send mail; every other client gets 450.
    pub trusted_clients: Vec<IpNet>,
    /// Turns every 5xx about mail into 4xx, so that nothing bounces while the installation is new.
    pub soft_bounce: bool,
}

impl Settings {
    fn trusts(&self, client: IpAddr) -> bool {
        self.trusted_clients.iter().any(|network| network.contains(&client))
    }
}
