//! Outgoing notifications: enqueues and sends them, and gives up on expired ones.

mod bounded;
pub mod classify;
pub mod crew;
pub mod deliver;
pub mod enqueue;
pub mod port;
pub mod prepare;
pub mod request;
pub mod worker;
