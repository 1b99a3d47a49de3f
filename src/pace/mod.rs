//! When the next turn comes: keeping leases alive, and standing still while the other side takes nothing.
//!
//! Shared by the two flows; it knows neither mail nor notifications.

pub mod complaint;
pub mod lease;
pub mod pause;
