//! Notifications going out: enqueueing, sending, and giving up at the right moment.

pub mod classify;
pub mod crew;
pub mod deliver;
pub mod enqueue;
pub mod port;
pub mod prepare;
pub mod request;
pub mod worker;
