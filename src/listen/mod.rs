//! Listening: what every door that takes connections shares, whatever it speaks.
//!
//! [`accept`](mod@accept) takes one connection after another and survives a process without file descriptors; [`seat`] limits
//! how many connections there are, in all and from one client; [`client`] says what counts as one client. Nothing here reads
//! or writes a byte of a connection, and no error ends a door: only the stop does.

pub mod accept;
pub mod client;
pub mod seat;
