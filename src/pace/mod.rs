//! Pacing: keeps leases alive, and pauses a flow while its peer accepts nothing.
//!
//! Shared by both flows; it knows neither mail nor notifications.

pub mod complaint;
pub mod lease;
pub mod pause;
