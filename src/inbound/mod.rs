//! Incoming mail: decides at RCPT and DATA, stores what is accepted, and hands it over to the
//! application.

pub mod accept;
pub mod handover;
pub mod port;
