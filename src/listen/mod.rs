//! Listening: what all listeners share, whatever their protocol.
//!
//! [`accept`](mod@accept) accepts one connection after another and survives running out of file
//! descriptors; [`seat`] limits the number of connections, in total and per client; [`client`]
//! defines what counts as one client. Nothing here reads or writes a byte of a connection, and no
//! error ends a listener: only the stop token does.

pub mod accept;
pub mod client;
pub mod seat;
